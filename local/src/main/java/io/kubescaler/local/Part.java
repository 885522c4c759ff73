package io.kubescaler.local;

import io.kubescaler.processes.ChildProcess;

/** One process of the platform, and where it can be reached. */
record Part(String name, String address, ChildProcess process) {}
