# Every image of the project; `docker compose build` makes them all.

# What to build with, where it has to know a mirror or the certificate of a proxy.
ARG BUILD_JDK=eclipse-temurin:25-jdk

FROM ${BUILD_JDK} AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.m2 \
    ./mvnw -B -ntp -q -pl base-service,main-service,stream-service,web-client -am \
      -Dmaven.test.skip -Dspotless.check.skip package
# No jars inside of a jar, which start slower; and what changes with every release apart from what does not. Netty's native library
# out of its jar: what it would unpack into /tmp cannot be executed there.
RUN for service in base main stream; do \
      java -Djarmode=tools -jar $service-service/target/$service-service.jar \
        extract --layers --destination /layers/$service --application-filename service.jar && \
      (cd /layers/$service/dependencies && find lib -name 'netty-transport-native-epoll-*' -exec jar -xf {} META-INF/native ';') || exit 1; \
    done


FROM eclipse-temurin:25-jre AS untrained
ARG SERVICE
WORKDIR /service
COPY --from=build /layers/${SERVICE}/dependencies/ ./
COPY --from=build /layers/${SERVICE}/snapshot-dependencies/ ./
COPY --from=build /layers/${SERVICE}/application/ ./
# What stream computes is mostly the kernel's: the optimizing compiler costs a start as much as all the rest, and saves nothing later.
RUN if [ "$SERVICE" = stream ]; then echo -XX:TieredStopAtLevel=1; fi >service.options


# A start without Cassandra, Redis and base, as far as it comes: base refuses it in the end, after most of what a start does; the
# others live, and are told to end. The JVM uses what it has learned only if it runs with the same access to native libraries.
FROM untrained AS trained
ARG MANAGEMENT_PORT
COPY docker/healthy /usr/local/bin/
RUN java -XX:AOTCacheOutput=service.aot -Xlog:disable -Xlog:all=error:stderr --enable-native-access=ALL-UNNAMED -jar service.jar & \
    service=$!; : >/tmp/has-been-ready; \
    until healthy 2>/dev/null || ! kill -0 $service; do sleep 1; done; \
    kill $service; wait $service; test -s service.aot


# One of the services, named by SERVICE: base, main or stream.
FROM untrained AS service
COPY --from=trained /service/service.aot ./
COPY docker/healthy /usr/local/bin/
ARG SERVICE
ARG MANAGEMENT_PORT
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="kubescaler/${SERVICE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV MANAGEMENT_PORT=${MANAGEMENT_PORT}
USER 10001:10001
HEALTHCHECK --interval=5s --timeout=4s --retries=6 --start-period=3m CMD ["healthy"]
# Half of the memory limit for the heap: threads, code and the buffers of the network need the rest. And who is replaced has
# another address: what a name stood for is forgotten after seconds.
ENTRYPOINT ["java", "@service.options", "-XX:AOTCache=service.aot", "-XX:MaxRAMPercentage=50", "-XX:+ExitOnOutOfMemoryError", \
            "-Dsun.net.inetaddr.ttl=5", "-Djava.library.path=META-INF/native", "--enable-native-access=ALL-UNNAMED", "-jar", "service.jar"]


# The pages, and the way to main and to the stream instances.
FROM nginxinc/nginx-unprivileged:stable AS web-client
COPY docker/web-client/resolver.envsh /docker-entrypoint.d/10-resolver.envsh
COPY docker/web-client/nginx.conf /etc/nginx/
COPY docker/web-client/server.conf.template /etc/nginx/templates/
COPY --from=build /src/web-client/target/classes/static/ /usr/share/nginx/html/
COPY --from=build /src/web-client/target/classes/headers.conf /src/web-client/target/classes/pages.conf /etc/nginx/
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="kubescaler/web-client" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Where main and stream are, by names that the resolver knows in full, and what one client may take.
ENV MAIN=main:8082 STREAM=stream:8083 CLIENT_REQUESTS=50r/s CLIENT_STREAMS=100 NGINX_ENVSUBST_OUTPUT_DIR=/tmp
USER 101:101
HEALTHCHECK --interval=5s --timeout=4s --start-period=15s CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'HEAD / HTTP/1.0\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
