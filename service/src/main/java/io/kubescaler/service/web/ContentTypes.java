package io.kubescaler.service.web;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;

/** The types of bodies at which Spring would fail, or answer without words, wherever it reads the header. */
public final class ContentTypes {

    private ContentTypes() {}

    /** Returns the reason to reject a request with this {@code Content-Type}, or null. */
    public static @Nullable ErrorResponseException rejects(@Nullable String type) {
        if (type == null || type.isEmpty() || isOneType(type)) {
            return null;
        }
        HttpStatus status = HttpStatus.UNSUPPORTED_MEDIA_TYPE;
        return new ErrorResponseException(
                status,
                ProblemDetail.forStatusAndDetail(status, "Content-Type: must be a media type without wildcards"),
                null);
    }

    private static boolean isOneType(String type) {
        try {
            return MediaType.parseMediaType(type).isConcrete();
        } catch (InvalidMediaTypeException e) {
            return false;
        }
    }
}
