package dev.baton.buffer.codec;

import dev.baton.platform.Require;
import java.util.Map;
import java.util.TreeMap;

/**
 * A codec by name, and what is told to it: {@code lossless}, {@code cachegen:bin=0.1;group=10}. Immutable.
 *
 * @param parameters what differs from the codec's defaults
 */
public record CodecSpec(String name, Map<String, String> parameters) {
    public CodecSpec {
        parameters = Map.copyOf(parameters);
    }

    /**
     * What a text says.
     * @throws IllegalArgumentException if the text has another form; names and values are judged when it is opened
     */
    public static CodecSpec parse(String text) {
        String[] halves = text.strip().split(":", 2);
        Require.that(!halves[0].isBlank(), "codec", text, "NAME or NAME:KEY=VALUE;KEY=VALUE");
        Map<String, String> parameters = new TreeMap<>();
        if (halves.length == 2) {
            for (String pair : halves[1].split(";", -1)) {
                String[] sides = pair.split("=", 2);
                boolean isNew = sides.length == 2 && parameters.put(sides[0].strip(), sides[1].strip()) == null;
                Require.that(isNew, "codec", text, "NAME:KEY=VALUE;KEY=VALUE, each key once");
            }
        }
        return new CodecSpec(halves[0].strip(), parameters);
    }

    int whole(String key, int otherwise, int min, int max) {
        String text = parameters.get(key);
        try {
            return text == null ? otherwise : Require.between(name + " " + key, Integer.parseInt(text), min, max);
        } catch (NumberFormatException ex) {
            throw new IllegalArgumentException(name + " " + key + " must be a whole number: " + key + "=" + text, ex);
        }
    }

    float number(String key, float otherwise, float min, float max) {
        String text = parameters.get(key);
        float value;
        try {
            value = text == null ? otherwise : Float.parseFloat(text);
        } catch (NumberFormatException ex) {
            throw new IllegalArgumentException(name + " " + key + " must be a number: " + key + "=" + text, ex);
        }
        Require.that(value >= min && value <= max, name + " " + key, value, min + " to " + max);
        return value;
    }

    /** As it is parsed. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(name);
        String separator = ":";
        for (Map.Entry<String, String> each : new TreeMap<>(parameters).entrySet()) {
            text.append(separator).append(each.getKey()).append('=').append(each.getValue());
            separator = ";";
        }
        return text.toString();
    }
}
