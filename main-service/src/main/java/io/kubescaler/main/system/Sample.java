package io.kubescaler.main.system;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** One value of one metric of one instance. */
record Sample(String metric, Map<String, String> labels, double value) {

    private static final Pattern LINE = Pattern.compile("([\\w:]+)(?:\\{(.*)})? (\\S+)");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

    /** Parses Prometheus' text format; skips lines that are no samples. */
    static List<Sample> parse(String text) {
        return text.lines()
                .map(LINE::matcher)
                .filter(Matcher::matches)
                .map(line -> new Sample(
                        line.group(1),
                        labels(Optional.ofNullable(line.group(2)).orElse("")),
                        Double.parseDouble(line.group(3).replace("Inf", "Infinity"))))
                .toList();
    }

    private static Map<String, String> labels(String text) {
        return LABEL.matcher(text).results().collect(Collectors.toMap(label -> label.group(1), Sample::unescaped));
    }

    private static String unescaped(MatchResult label) {
        return label.group(2).replace("\\\"", "\"").replace("\\\\", "\\");
    }

    String label(String name) {
        return labels.getOrDefault(name, "");
    }
}
