package dev.baton.sim.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;

/**
 * A result as one JSON object for programs. Keys stand in the order in which they were added, so that two runs compare
 * line by line. What is not a number in JSON (NaN, infinite) becomes null. One thread.
 */
public final class JsonReport {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ObjectNode object = JSON.createObjectNode();

    public JsonReport add(String key, long value) {
        object.put(requireNew(key), value);
        return this;
    }

    public JsonReport add(String key, double value) {
        if (Double.isFinite(value)) {
            object.put(requireNew(key), value);
        } else {
            object.putNull(requireNew(key));
        }
        return this;
    }

    public JsonReport add(String key, boolean value) {
        object.put(requireNew(key), value);
        return this;
    }

    /** Adds text, or null. */
    public JsonReport add(String key, String value) {
        object.put(requireNew(key), value);
        return this;
    }

    /** Adds an object within the object. */
    public JsonReport add(String key, JsonReport value) {
        object.set(requireNew(key), value.object);
        return this;
    }

    /** Numbers by name, in the map's order. */
    public static JsonReport of(Map<String, Long> numbers) {
        JsonReport report = new JsonReport();
        numbers.forEach(report::add);
        return report;
    }

    /** Adds a list of words. */
    public JsonReport addTexts(String key, List<String> values) {
        ArrayNode array = object.putArray(requireNew(key));
        values.forEach(array::add);
        return this;
    }

    /** Adds a list of objects. */
    public JsonReport add(String key, List<JsonReport> values) {
        ArrayNode array = object.putArray(requireNew(key));
        for (JsonReport value : values) {
            array.add(value.object);
        }
        return this;
    }

    public JsonReport addNull(String key) {
        object.putNull(requireNew(key));
        return this;
    }

    /** Prints the object on one line. */
    public void print(PrintWriter out) {
        out.println(this);
        out.flush();
    }

    /** The object on one line. */
    @Override
    public String toString() {
        try {
            return JSON.writeValueAsString(object);
        } catch (JsonProcessingException ex) {
            throw new IllegalStateException("a tree of plain values is always JSON", ex);
        }
    }

    private String requireNew(String key) {
        if (object.has(key)) {
            throw new IllegalStateException("key added twice: key=" + key);
        }
        return key;
    }
}
