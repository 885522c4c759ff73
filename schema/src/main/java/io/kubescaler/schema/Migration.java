package io.kubescaler.schema;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/**
 * One step of the schema, from a resource {@code V<version>__<description>.cql}. The name of a step that removes
 * something that older programs use is {@code V<version>__<description>.contract.cql}.
 *
 * @param contracts whether it removes something, so that it must wait until no older instance runs; programs that know
 *     the step work before it and after it
 * @param statements its statements, in order; each can be repeated, because an interrupted step runs again
 */
record Migration(int version, String description, boolean contracts, List<String> statements) {

    private static final Pattern FILE_NAME = Pattern.compile("V(\\d+)__(\\w+?)(\\.contract)?\\.cql");

    /** The steps of this program, by version. */
    static List<Migration> all() {
        try {
            Resource[] files = new PathMatchingResourcePatternResolver().getResources("classpath:db/migration/*.cql");
            return Stream.of(files)
                    .map(Migration::read)
                    .sorted(Comparator.comparingInt(Migration::version))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The version of a program that knows these steps. */
    static int newest(List<Migration> migrations) {
        return migrations.stream().mapToInt(Migration::version).max().orElse(0);
    }

    @Override
    public String toString() {
        return "version " + version + " (" + description + ")";
    }

    static Migration parse(String fileName, String cql) {
        Matcher name = FILE_NAME.matcher(fileName);
        if (!name.matches()) {
            throw new IllegalArgumentException(fileName + " is not named V<version>__<description>.cql"
                    + " or V<version>__<description>.contract.cql");
        }
        List<String> statements = Arrays.stream(
                        cql.replaceAll("(?m)^\\s*--.*$", "").split(";"))
                .map(String::strip)
                .filter(statement -> !statement.isEmpty())
                .toList();
        return new Migration(
                Integer.parseInt(name.group(1)), name.group(2).replace('_', ' '), name.group(3) != null, statements);
    }

    /** The same step for Cassandra before 5.0, which has no storage-attached indexes: the index is a classic one. */
    Migration withoutStorageAttachedIndexes() {
        return new Migration(
                version,
                description,
                contracts,
                statements.stream()
                        .map(statement -> statement.replaceAll("(?i)\\s+USING\\s+'sai'", ""))
                        .toList());
    }

    private static Migration read(Resource file) {
        try {
            return parse(Objects.requireNonNull(file.getFilename()), file.getContentAsString(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
