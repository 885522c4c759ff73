package io.kubescaler.stream.scaling;

import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The pod that this instance runs in.
 *
 * @param pod its name; null outside a cluster
 * @param api the address of the cluster's API server
 * @param account the folder with the token of the pod's account, its namespace, and the CA certificate of the API
 *     server
 */
@Validated
@ConfigurationProperties("kubescaler.stream.scaling")
record ScalingSettings(
        @Nullable @Pattern(regexp = "[a-z0-9.-]{1,253}") String pod,

        @DefaultValue("https://kubernetes.default.svc") @NotNull
        URI api,

        @DefaultValue("/var/run/secrets/kubernetes.io/serviceaccount") @NotNull
        Path account) {}
