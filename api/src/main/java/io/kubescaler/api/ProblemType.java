package io.kubescaler.api;

import java.net.URI;

/**
 * The {@code type} of each problem+json answer. Each type has one title (RFC 9457); its status may differ between
 * services.
 */
public enum ProblemType {
    /** 400: a part of the request breaks a rule; the detail names both. */
    MALFORMED("malformed", "Malformed request"),
    /** 413: the body, or a part of it, is too large. */
    TOO_LARGE("too-large", "Too large"),
    /** 403: a page of another site has sent the call. */
    FOREIGN_PAGE("foreign-page", "Foreign page"),
    /** 421: the platform has no such name. */
    MISDIRECTED("misdirected", "Misdirected request"),
    /** 401: there is no access token, or it is not accepted. */
    UNIDENTIFIED("unidentified", "Unidentified caller"),
    /** 403: the access token does not allow the call. */
    NOT_ALLOWED("not-allowed", "Not allowed"),
    /** 404, or 422 for users in a body: the user does not exist. */
    USER_UNKNOWN("user-unknown", "Unknown user"),
    /** 404: the profile does not exist. */
    PROFILE_UNKNOWN("profile-unknown", "Unknown profile"),
    /** Base 404, stream 403: both exist, but the user is not bound to the profile. */
    NOT_BOUND("not-bound", "Not bound"),
    /** 409: another client streams the pair. */
    LAUNCHED_ELSEWHERE("launched-elsewhere", "Launched elsewhere"),
    /** 404: this platform has no test data. */
    NO_TEST_DATA("no-test-data", "No test data"),
    /** 409: the test data is being created or dropped. */
    TEST_DATA_CHANGING("test-data-changing", "Test data is changing"),
    /** 422: there would be more than a setting allows. */
    TOO_MANY("too-many", "Too many"),
    /** 403: the lock belongs to another session than the token. */
    OTHER_SESSION("other-session", "Other session"),
    /** 503: Cassandra does not answer. */
    DATABASE_UNAVAILABLE("database-unavailable", "Database is out of reach"),
    /** 503: base-service does not answer. */
    BASE_UNAVAILABLE("base-unavailable", "Base is out of reach"),
    /** 503: no quorum of the Redis masters answers. */
    LOCK_UNAVAILABLE("lock-unavailable", "Lock is out of reach"),
    /** 503: the Redis of published messages does not answer. */
    MESSAGES_UNAVAILABLE("messages-unavailable", "Messages are out of reach"),
    /** 503: the issuer's keys, which access tokens are checked with, cannot be read. */
    KEYS_UNAVAILABLE("keys-unavailable", "Keys are out of reach"),
    /** 503: Prometheus does not answer. */
    METRICS_UNAVAILABLE("metrics-unavailable", "Metrics are out of reach"),
    /** 503: no instance behind the gateway answers. */
    SERVICE_UNAVAILABLE("service-unavailable", "Service is out of reach"),
    /** 503: the instance already serves as many streams as it can. */
    FULL("full", "Instance is full"),
    /** 503: the instance is about to stop. */
    DRAINING("draining", "Instance is draining");

    private final URI uri;
    private final String title;

    ProblemType(String name, String title) {
        this.uri = URI.create("urn:kubescaler:problem:" + name);
        this.title = title;
    }

    public URI uri() {
        return uri;
    }

    public String title() {
        return title;
    }
}
