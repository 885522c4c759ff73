package io.kubescaler.main.testdata;

/** How many test users and test profiles there are, were made, or were dropped. */
record TestDataCounts(int users, int profiles) {}
