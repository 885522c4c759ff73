# All images of the project. `docker compose build` builds them.

# The image for the build. Replace it where the build needs a mirror or the certificate of a proxy.
ARG BUILD_JDK=eclipse-temurin:25-jdk

FROM ${BUILD_JDK} AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.m2 \
    ./mvnw -B -ntp -q -pl base-service,main-service,stream-service,web-client -am \
      -Dmaven.test.skip -Dspotless.check.skip -Dcyclonedx.skip=false package
# Jars inside a jar start more slowly, so they are extracted: in layers, because some change with every release and some
# do not. The program that extracts them stays behind. Netty's native library is extracted, too: Netty would unpack it into
# /tmp, where nothing can be executed.
RUN for service in base main stream; do \
      java -Djarmode=tools -jar $service-service/target/$service-service.jar \
        extract --layers --destination /layers/$service --application-filename service.jar && \
      rm /layers/$service/dependencies/lib/spring-boot-jarmode-tools-*.jar && \
      (cd /layers/$service/dependencies && \
        find lib -name 'netty-transport-native-epoll-*' -exec jar -xf {} META-INF/native ';') || exit 1; \
    done


FROM eclipse-temurin:25-jre AS untrained
ARG SERVICE
WORKDIR /service
COPY --from=build /layers/${SERVICE}/dependencies/ ./
COPY --from=build /layers/${SERVICE}/snapshot-dependencies/ ./
COPY --from=build /layers/${SERVICE}/application/ ./
# stream spends its CPU time mostly in the kernel. The optimizing compiler would double the cost of a start and save
# nothing later.
RUN if [ "$SERVICE" = stream ]; then echo -XX:TieredStopAtLevel=1; fi >service.options


# Starts each service once without Cassandra, Redis and base, to make its AOT cache. base fails after most of a start;
# main and stream run until they are stopped. The JVM uses the cache only with the same access to native libraries.
FROM untrained AS trained
ARG MANAGEMENT_PORT
COPY docker/healthy /usr/local/bin/
RUN LOGGING_STRUCTURED_FORMAT_CONSOLE=ecs java -XX:AOTCacheOutput=service.aot -Xlog:disable -Xlog:all=error:stderr \
      --enable-native-access=ALL-UNNAMED -jar service.jar & \
    service=$!; : >/tmp/has-been-ready; \
    until healthy 2>/dev/null || ! kill -0 $service; do sleep 1; done; \
    kill $service; wait $service; test -s service.aot


# One of the services, named by SERVICE: base, main or stream.
FROM untrained AS service
COPY --from=trained /service/service.aot ./
COPY docker/healthy /usr/local/bin/
ARG SERVICE
ARG MANAGEMENT_PORT
# What the image contains beside the base image, in CycloneDX's form.
COPY --from=build /src/${SERVICE}-service/target/classes/META-INF/sbom/application.cdx.json \
     /usr/share/doc/kubescaler/sbom.cdx.json
ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="kubescaler/${SERVICE}" \
      org.opencontainers.image.description="The service ${SERVICE} of kubescaler: one live stream per user and profile" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.url="${SOURCE}"
# A file of a secret is a setting; its path below the folder is the name, with a dot for each slash. Logs are JSON: one
# line per event, also of those with a stack trace.
ENV MANAGEMENT_PORT=${MANAGEMENT_PORT} SPRING_CONFIG_IMPORT=optional:configtree:/run/secrets/ \
    LOGGING_STRUCTURED_FORMAT_CONSOLE=ecs
USER 10001:10001
HEALTHCHECK --interval=5s --timeout=4s --retries=6 --start-period=3m CMD ["healthy"]
# The heap takes half of the memory limit; threads, code and network buffers need the rest. DNS answers are kept for
# only 5 s, because a replaced container has another address.
ENTRYPOINT ["java", "@service.options", "-XX:AOTCache=service.aot", "-XX:MaxRAMPercentage=50", \
            "-XX:+ExitOnOutOfMemoryError", "-Dsun.net.inetaddr.ttl=5", "-Djava.library.path=META-INF/native", \
            "--enable-native-access=ALL-UNNAMED", "-jar", "service.jar"]


# nginx: the pages, and the routes to main and the stream instances.
FROM nginxinc/nginx-unprivileged:stable AS web-client
COPY docker/web-client/resolver.envsh /docker-entrypoint.d/10-resolver.envsh
COPY docker/web-client/nginx.conf /etc/nginx/
COPY docker/web-client/server.conf.template /etc/nginx/templates/
COPY --from=build /src/web-client/target/classes/static/ /usr/share/nginx/html/
COPY --from=build /src/web-client/target/classes/headers.conf /src/web-client/target/classes/pages.conf /etc/nginx/
COPY --from=build /src/web-client/target/classes/META-INF/sbom/application.cdx.json \
     /usr/share/doc/kubescaler/sbom.cdx.json
ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="kubescaler/web-client" \
      org.opencontainers.image.description="The pages of kubescaler, and the way in: one live stream per user and profile" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.url="${SOURCE}"
# The addresses of main and stream, as full names for the resolver, and the limits per client.
ENV MAIN=main:8082 STREAM=stream:8083 CLIENT_REQUESTS=50r/s CLIENT_STREAMS=100 NGINX_ENVSUBST_OUTPUT_DIR=/tmp
USER 101:101
HEALTHCHECK --interval=5s --timeout=4s --start-period=15s CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'HEAD / HTTP/1.0\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
