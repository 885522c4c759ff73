package io.kubescaler.redlock;

/**
 * What is locked.
 *
 * @param lockKey the key that holds the token of the owner
 * @param launchedKey the key that tells others since when there is an owner; on one Redis with the lock key, so a
 *     script may touch both
 */
public record Resource(String lockKey, String launchedKey) {}
