package io.kubescaler.redlock;

/**
 * Something to lock.
 *
 * @param lockKey the key that holds the token of the owner
 * @param launchedKey the key from which others read since when there is an owner; on the same Redis as the lock key, so
 *     a script may touch both
 */
public record Resource(String lockKey, String launchedKey) {}
