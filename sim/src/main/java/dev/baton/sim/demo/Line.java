package dev.baton.sim.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What the coordinator and its children say to each other, on standard input and output: JSON objects, one a line,
 * whose {@code "event"} says what it is.
 * <pre>
 *   coordinator -> child     setup, requests, then connect and start (senders), want (receiver), finish
 *   child -> coordinator     ready, connected, then progress, parked and ended (senders), consumed (receiver),
 *                           summary; or failed
 * </pre>
 */
final class Line {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Line() {}

    static ObjectNode of(String event) {
        return JSON.createObjectNode().put("event", event);
    }

    static String event(JsonNode line) {
        return line.get("event").asText();
    }

    static String text(ObjectNode line) {
        try {
            return JSON.writeValueAsString(line);
        } catch (JsonProcessingException ex) {
            throw new IllegalStateException("a tree of plain values is always JSON", ex);
        }
    }

    /** @throws IllegalArgumentException if it is no object with an event */
    static JsonNode parse(String text) {
        JsonNode line = tree(text);
        if (!line.hasNonNull("event")) {
            throw new IllegalArgumentException("not a line of the demo: line=" + text);
        }
        return line;
    }

    /** @throws IllegalArgumentException if it is no JSON */
    static JsonNode tree(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException ex) {
            throw new IllegalArgumentException("not JSON: text=" + text, ex);
        }
    }

    static ArrayNode array(int... numbers) {
        ArrayNode array = JSON.createArrayNode();
        for (int number : numbers) {
            array.add(number);
        }
        return array;
    }
}
