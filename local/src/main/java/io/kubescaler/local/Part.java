package io.kubescaler.local;

import io.kubescaler.processes.ChildProcess;

/** One process of the platform, with its address. */
record Part(String name, String address, ChildProcess process) {}
