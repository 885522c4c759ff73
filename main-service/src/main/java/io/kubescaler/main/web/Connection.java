package io.kubescaler.main.web;

import org.apache.coyote.ActionCode;
import org.apache.coyote.Request;

/** The connection of a request whose body is read; an attribute of each request. */
public final class Connection {

    /** The name of the attribute. */
    public static final String ATTRIBUTE = "io.kubescaler.main.connection";

    private final Request request;

    Connection(Request request) {
        this.request = request;
    }

    /**
     * Whether the client has closed the connection, or its half of it. Does not wait. Call it on the thread of the request.
     *
     * <p>The servlet API has nothing for this. After the end of a request, Tomcat reports one byte to read if the connection
     * is closed, or else as many as have arrived of the next request. A client that has sent its next request and then
     * leaves is not noticed.
     */
    public boolean isClosed() {
        request.action(ActionCode.AVAILABLE, true);
        return request.getAvailable() == 1;
    }
}
