package dev.baton.sim;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.baton.platform.NearNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * A YAML file of settings: one mapping from names to plain values, or to lists of plain values where a setting takes
 * several. Immutable.
 */
final class SettingsFile {
    /** No file: nothing is set. */
    static final SettingsFile EMPTY = new SettingsFile("no file", Map.of());

    private static final ObjectMapper YAML = new ObjectMapper(YAMLFactory.builder()
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final String path;
    private final Map<String, String> values;

    private SettingsFile(String path, Map<String, String> values) {
        this.path = path;
        this.values = values;
    }

    /**
     * Reads and checks a file.
     *
     * @param keys   every name that it may hold
     * @param isList which of these may have a list
     * @throws IllegalArgumentException if the file is not there, is not YAML (its line is named), has an unknown key
     *                                  (near or all ones are named) or a value that is neither plain nor a list where one is
     *                                  allowed
     */
    static SettingsFile read(String path, Set<String> keys, Predicate<String> isList) {
        Map<String, String> values = new LinkedHashMap<>();
        JsonNode root = tree(path);
        boolean isEmpty = root.isMissingNode() || root.isNull() || (root.isTextual() && root.asText().isBlank());
        if (!isEmpty && !root.isObject()) {
            throw new IllegalArgumentException("a configuration file holds one mapping of names to values: file=" +
                path);
        }
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            String key = entry.getKey();
            if (!keys.contains(key)) {
                throw new IllegalArgumentException("unknown key: key=" + key + " file=" + path + "; " +
                    NearNames.hint(key, keys, new TreeSet<>(keys)));
            }
            values.put(key, text(path, key, entry.getValue(), isList.test(key)));
        }
        return new SettingsFile(path, Map.copyOf(values));
    }

    String path() {
        return path;
    }

    /** The value as a flag would have it, lists joined by commas; null where the file does not set it. */
    String valueOrNull(String key) {
        return values.get(key);
    }

    private static JsonNode tree(String path) {
        try {
            return YAML.readTree(Files.readString(Path.of(path)));
        } catch (JsonProcessingException ex) {
            throw new IllegalArgumentException("not YAML: file=" + path + " " + describe(ex), ex);
        } catch (CharacterCodingException ex) {
            throw new IllegalArgumentException("not YAML: the text is not UTF-8: file=" + path, ex);
        } catch (NoSuchFileException ex) {
            throw new IllegalArgumentException("no such configuration file: file=" + path, ex);
        } catch (IOException ex) {
            throw new UncheckedIOException("the configuration file cannot be read: file=" + path, ex);
        }
    }

    /** Line and problem; the scanner knows its own place, the parser above it that of the last word it understood. */
    private static String describe(JsonProcessingException ex) {
        if (ex.getCause() instanceof MarkedYAMLException marked && marked.getProblemMark() != null) {
            return "line=" + (marked.getProblemMark().getLine() + 1) + ": " + marked.getProblem();
        }
        JsonLocation at = ex.getLocation();
        return "line=" + (at == null ? "?" : at.getLineNr()) + ": " + ex.getOriginalMessage().lines().findFirst()
            .orElse("");
    }

    private static String text(String path, String key, JsonNode value, boolean isList) {
        if (value.isArray() && isList) {
            StringJoiner joined = new StringJoiner(",");
            value.forEach(element -> joined.add(text(path, key, element, false)));
            return joined.toString();
        }
        if (!value.isValueNode() || value.isNull()) {
            throw new IllegalArgumentException("the value must be " + (isList ? "plain or a list of plain values"
                : "one plain value") + ": key=" + key + " value=" + value + " file=" + path);
        }
        return value.asText();
    }
}
