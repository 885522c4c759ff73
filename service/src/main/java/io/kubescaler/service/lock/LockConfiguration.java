package io.kubescaler.service.lock;

import io.kubescaler.redlock.RedLock;
import io.kubescaler.redlock.RedLockSettings;
import io.kubescaler.redlock.SystemTiming;
import io.kubescaler.redlock.redisson.RedissonNodes;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.tracing.Tracer;
import java.util.List;
import java.util.function.UnaryOperator;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Connects to the Redis masters and builds the lock on them. Services with a lock import it. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({RedisSettings.class, LockSettings.class})
public class LockConfiguration {

    @Bean
    SystemTiming timing() {
        return new SystemTiming();
    }

    @Bean
    RedissonNodes redisMasters(RedisSettings redis, SslBundles bundles) {
        try {
            return RedissonNodes.connect(redis.nodes(), redis.login(bundles));
        } catch (IllegalArgumentException wrong) {
            List<String> masters =
                    redis.nodes().stream().map(RedissonNodes::name).toList();
            throw new InvalidConfigurationPropertyValueException(
                    "kubescaler.redis.nodes", masters, wrong.getMessage() + ".");
        }
    }

    @Bean
    RedLock redLock(
            RedissonNodes masters, RedisSettings redis, LockSettings lock, SystemTiming timing, MeterRegistry metrics) {
        RedLockSettings defaults = RedLockSettings.defaults();
        RedLockSettings settings = new RedLockSettings(
                lock.ttl(),
                lock.refreshEvery(),
                redis.timeout(),
                defaults.retries(),
                defaults.retryDelay(),
                defaults.drift());
        return new RedLock(masters.nodes(), settings, timing, new NodeMetrics(metrics));
    }

    @Bean
    PairLock pairLock(RedLock lock, MeterRegistry metrics, ObjectProvider<Tracer> tracer) {
        return new PairLock(
                tracer.stream()
                        .<UnaryOperator<RedLock>>map(NodeSpans::new)
                        .findAny()
                        .orElse(UnaryOperator.identity()),
                lock,
                metrics);
    }

    /** The bean's name makes it the component {@code redis} of readiness. */
    @Bean
    MastersHealth redisHealthIndicator(RedLock lock, SystemTiming timing, MeterRegistry metrics) {
        return new MastersHealth(lock, timing, metrics);
    }
}
