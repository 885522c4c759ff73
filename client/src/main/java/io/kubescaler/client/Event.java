package io.kubescaler.client;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One server-sent event.
 *
 * @param id the last {@code id} of the stream so far; null before the first, and after an empty one
 * @param name the {@code event} field, {@code message} without one
 * @param retry the last {@code retry} of the stream so far: how long to wait before the next connection; null before
 *     the first
 * @param data the {@code data} lines, joined by line feeds
 */
public record Event(
        @Nullable String id, String name, @Nullable Duration retry, String data) {}
