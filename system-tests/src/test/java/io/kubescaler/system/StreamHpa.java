package io.kubescaler.system;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The autoscaler of stream, with metrics of prometheus-adapter or of KEDA. KEDA makes it of a ScaledObject, and undoes
 * what others change in it.
 */
final class StreamHpa {

    private static final Kubectl KEDA = new Kubectl("-n", "keda");
    private static final String ACTIVE = "{.status.conditions[?(@.type==\"ScalingActive\")]";
    private static final String FALLBACK = "{.status.conditions[?(@.type==\"Fallback\")].status}";

    private final Kubectl kubectl;
    private final boolean keda;

    StreamHpa(Kubectl kubectl) {
        this.kubectl = kubectl;
        keda = kubectl.words("hpa/stream-hpa", "{.metadata.ownerReferences[*].kind}")
                .contains("ScaledObject");
    }

    void setMaximum(int pods) {
        change("\"maxReplicas\": " + pods, "\"maxReplicaCount\": " + pods);
    }

    void setScaleDownWindow(int seconds) {
        String behavior = "\"behavior\": {\"scaleDown\": {\"stabilizationWindowSeconds\": " + seconds + "}}";
        change(behavior, "\"advanced\": {\"horizontalPodAutoscalerConfig\": {" + behavior + "}}");
    }

    private void change(String hpa, String scaledObject) {
        if (keda) {
            kubectl.run("patch", "scaledobject", "stream", "--type=merge", "-p", "{\"spec\": {" + scaledObject + "}}");
        } else {
            kubectl.run("patch", "hpa", "stream-hpa", "-p", "{\"spec\": {" + hpa + "}}");
        }
    }

    /** How many pods its metrics pass through. KEDA stays: its fallback is for the time without Prometheus. */
    void scaleMetrics(int pods) {
        kubectl.run("scale", "deployment/prometheus", "--replicas=" + pods);
        if (!keda) {
            scaleMetricsApi(pods);
        }
    }

    /** How many pods serve the API that the controller reads. */
    void scaleMetricsApi(int pods) {
        String replicas = "--replicas=" + pods;
        if (keda) {
            KEDA.run("scale", "deployment/keda-metrics-apiserver", replicas);
        } else {
            kubectl.run("scale", "deployment/prometheus-adapter", replicas);
        }
    }

    /** It has no metrics; with KEDA, it has the fallback's. */
    void assertBlind() {
        if (keda) {
            assertThat(kubectl.words("scaledobject/stream", FALLBACK)).containsExactly("True");
        } else {
            assertThat(kubectl.words("hpa/stream-hpa", ACTIVE + ".reason}")).containsExactly("FailedGetPodsMetric");
        }
    }

    boolean sees() {
        return kubectl.words("hpa/stream-hpa", ACTIVE + ".status}").contains("True")
                && (!keda || kubectl.words("scaledobject/stream", FALLBACK).contains("False"));
    }
}
