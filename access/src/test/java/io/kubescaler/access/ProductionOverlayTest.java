package io.kubescaler.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.processes.Services;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.config.YamlMapFactoryBean;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.FileSystemResource;

/** What main and stream do with the environment that the Kubernetes overlay for real users gives them. */
class ProductionOverlayTest {

    private static final String ISSUER = "KUBESCALER_ACCESSTOKEN_ISSUER";
    private static final String JWKS = "KUBESCALER_ACCESSTOKEN_JWKS";
    private static final Map<String, String> PROVIDER =
            Map.of(ISSUER, "https://id.example/", JWKS, "https://id.example/keys");

    @Test
    void doesNotStartUntilTheProviderIsFilledIn() {
        assertThat(rejection(Map.of())).contains("needs keys");
        assertThat(rejection(Map.of(JWKS, PROVIDER.get(JWKS)))).contains("set it");
    }

    @Test
    void checksTokensOfTheProvider() {
        with(PROVIDER).run(context -> assertThat(context).hasSingleBean(AccessTokens.class));
    }

    @Test
    void doesNotStartOpen() {
        Map<String, String> open = new HashMap<>(Map.of("KUBESCALER_ACCESS", "open"));
        assertThat(rejection(open)).as("as shipped").contains("must be token");
        open.putAll(PROVIDER);
        assertThat(rejection(open)).contains("must be token");
    }

    private static String rejection(Map<String, String> changes) {
        String[] reason = new String[1];
        with(changes)
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOfSatisfying(
                                InvalidConfigurationPropertyValueException.class,
                                cause -> reason[0] = cause.getReason()));
        return reason[0];
    }

    private static ApplicationContextRunner with(Map<String, String> changes) {
        Map<String, Object> environment = new HashMap<>(overlay());
        environment.putAll(changes);
        return new ApplicationContextRunner()
                .withUserConfiguration(AccessConfiguration.class)
                // Boot recognizes an environment by the end of this name.
                .withInitializer(context -> context.getEnvironment()
                        .getPropertySources()
                        .addFirst(new SystemEnvironmentPropertySource("pod-systemEnvironment", environment)));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> overlay() {
        var yaml = new YamlMapFactoryBean();
        yaml.setResources(
                new FileSystemResource(Services.projectRoot().resolve("k8s/overlays/production/platform.yaml")));
        return (Map<String, Object>) yaml.getObject().get("data");
    }
}
