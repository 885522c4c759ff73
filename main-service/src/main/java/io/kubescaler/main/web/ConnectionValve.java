package io.kubescaler.main.web;

import jakarta.servlet.ServletException;
import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;

/** Adds {@link Connection} to each request. */
final class ConnectionValve extends ValveBase {

    ConnectionValve() {
        super(true);
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        request.setAttribute(
                Connection.ATTRIBUTE,
                new Connection(
                        request.getCoyoteRequest(),
                        request.getConnector().getProtocolHandler().getUtilityExecutor()));
        getNext().invoke(request, response);
    }
}
