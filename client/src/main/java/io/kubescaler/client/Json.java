package io.kubescaler.client;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The fields of a flat JSON object. It skips nested values, and treats null as a missing field. */
final class Json {

    static final Json EMPTY = new Json("");

    private final String text;
    private final Map<String, String> fields = new HashMap<>();
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /** @throws IllegalArgumentException the text is no JSON object */
    static Json read(String text) {
        Json json = new Json(text);
        try {
            json.readObject();
        } catch (IndexOutOfBoundsException | NumberFormatException e) {
            throw new IllegalArgumentException("This is not a complete JSON object.", e);
        }
        return json;
    }

    /** Returns the string, or the number or boolean as written; null if the field is missing. */
    @Nullable
    String find(String name) {
        return fields.get(name);
    }

    /** @throws IllegalArgumentException the field is missing */
    String get(String name) {
        String value = fields.get(name);
        if (value == null) {
            throw new IllegalArgumentException("The field \"" + name + "\" is missing.");
        }
        return value;
    }

    private void readObject() {
        expect('{');
        if (next() == '}') {
            at++;
            return;
        }
        do {
            next();
            String name = string();
            expect(':');
            char first = next();
            if (first == '"') {
                fields.put(name, string());
            } else if (first == '{' || first == '[') {
                skipNested();
            } else {
                String scalar = scalar();
                if (!scalar.equals("null")) {
                    fields.put(name, scalar);
                }
            }
        } while (isAnother());
    }

    private boolean isAnother() {
        if (next() == ',') {
            at++;
            return true;
        }
        expect('}');
        return false;
    }

    private String scalar() {
        int start = at;
        while ("+-.".indexOf(text.charAt(at)) >= 0 || Character.isLetterOrDigit(text.charAt(at))) {
            at++;
        }
        if (at == start) {
            throw unexpected();
        }
        return text.substring(start, at);
    }

    private void skipNested() {
        int depth = 0;
        do {
            switch (text.charAt(at)) {
                case '{', '[' -> depth++;
                case '}', ']' -> depth--;
                case '"' -> {
                    string();
                    continue;
                }
                default -> {
                    // Skipped.
                }
            }
            at++;
        } while (depth > 0);
    }

    /** Reads from one quotation mark to the next. Most strings have no escapes, and are cut out at once. */
    private String string() {
        expect('"');
        int start = at;
        while (text.charAt(at) != '"' && text.charAt(at) != '\\') {
            at++;
        }
        if (text.charAt(at) == '"') {
            return text.substring(start, at++);
        }
        StringBuilder string = new StringBuilder(text.substring(start, at));
        for (char each = text.charAt(at++); each != '"'; each = text.charAt(at++)) {
            string.append(each == '\\' ? escaped() : each);
        }
        return string.toString();
    }

    private char escaped() {
        char kind = text.charAt(at++);
        return switch (kind) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> (char) Integer.parseInt(text.substring(at, at += 4), 16);
            case '"', '\\', '/' -> kind;
            default -> throw unexpected();
        };
    }

    private char next() {
        while (" \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        return text.charAt(at);
    }

    private void expect(char expected) {
        if (next() != expected) {
            throw unexpected();
        }
        at++;
    }

    private IllegalArgumentException unexpected() {
        return new IllegalArgumentException("This is not a JSON object: character " + at + " is not expected.");
    }
}
