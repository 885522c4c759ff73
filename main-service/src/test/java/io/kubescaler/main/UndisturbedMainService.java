package io.kubescaler.main;

import io.kubescaler.backing.Backing;
import io.kubescaler.backing.RedisNodes;
import io.kubescaler.processes.RedisCommand;
import io.kubescaler.processes.RedisProcess;
import io.kubescaler.processes.Services.Service;
import java.net.URI;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** The service, a base and Redis masters, shared by all tests that do not break them. */
abstract class UndisturbedMainService extends LiveMainService {

    @DynamicPropertySource
    static void surroundings(DynamicPropertyRegistry registry) {
        registry.add("kubescaler.base.url", () -> SharedBase.BASE.url());
        masters(registry);
    }

    static void masters(DynamicPropertyRegistry registry) {
        registry.add("kubescaler.redis.nodes", UndisturbedMainService::redisNodes);
        registry.add("kubescaler.redis.username", () -> "lock");
        registry.add("kubescaler.redis.password", () -> SharedMasters.PASSWORD);
    }

    @Override
    URI baseUrl() {
        return SharedBase.BASE.url();
    }

    static URI baseManagement() {
        return SharedBase.BASE.management();
    }

    static List<URI> redisUris() {
        return SharedMasters.REDIS.uris();
    }

    /** In the form of the setting. */
    static String redisNodes() {
        return redisUris().stream().map(URI::toString).collect(Collectors.joining(","));
    }

    /** Started by the first test that needs it. */
    private static final class SharedBase {
        static final Service BASE = startBase("base");
    }

    /** Started by the first test that needs them. */
    private static final class SharedMasters {
        static final String PASSWORD = UUID.randomUUID().toString();
        static final RedisNodes REDIS = Backing.redis(3);

        static {
            // With the rights of production.
            String user = "ACL SETUSER lock on >" + PASSWORD + " " + String.join(" ", RedisProcess.rights("lock"));
            REDIS.uris().forEach(master -> RedisCommand.send(master, user));
        }
    }
}
