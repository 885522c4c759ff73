package io.kubescaler.api;

import java.net.URI;

/** The {@code type} of the problem+json answers that another service has to tell apart. */
public final class Problems {

    /** 404, or 422 in a body: there is no such user. */
    public static final URI USER_UNKNOWN = URI.create("urn:kubescaler:problem:user-unknown");

    /** 404: there is no such profile. */
    public static final URI PROFILE_UNKNOWN = URI.create("urn:kubescaler:problem:profile-unknown");

    /** Base 404, stream 403: both are known, but the user is not bound to the profile. */
    public static final URI NOT_BOUND = URI.create("urn:kubescaler:problem:not-bound");

    /** 409: the pair is launched elsewhere. */
    public static final URI LAUNCHED_ELSEWHERE = URI.create("urn:kubescaler:problem:launched-elsewhere");

    private Problems() {}
}
