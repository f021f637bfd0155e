package dev.baton.sim.trace;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;

/**
 * One JSON object a line: {@code timestamp} (ms), {@code input_length}, {@code output_length} (tokens) and, optionally,
 * {@code hash_ids}. Other fields are left alone. Source: kvcache-ai/Mooncake, FAST25-release/traces.
 */
final class MooncakeFormat implements TraceFormat {
    private static final ObjectMapper JSON = new ObjectMapper()
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);

    @Override
    public TraceRequest parse(String line) {
        JsonNode object;
        try {
            object = JSON.readTree(line);
        } catch (JsonProcessingException ex) {
            throw new IllegalArgumentException(
                "not a JSON object: " + ex.getOriginalMessage() + " in \"" + TraceFormat.excerpt(line) + "\"", ex);
        }
        if (!object.isObject()) {
            throw new IllegalArgumentException("not a JSON object: \"" + TraceFormat.excerpt(line) + "\"");
        }
        long arrivalMs = whole(object, "timestamp", 0, TraceRequest.ARRIVAL_MS_MAX);
        int promptTokens = (int) whole(object, "input_length", 1, TraceRequest.TOKENS_MAX);
        int outputTokens = (int) whole(object, "output_length", 0, TraceRequest.TOKENS_MAX);

        return new TraceRequest(arrivalMs, promptTokens, outputTokens, blockIds(object, promptTokens));
    }

    private static long whole(JsonNode object, String field, long min, long max) {
        JsonNode value = object.get(field);
        if (value == null) {
            throw new IllegalArgumentException("field missing: " + field);
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < min
            || value.longValue() > max) {
            throw new IllegalArgumentException(field + " must be a whole number, " + min + " to " + max + ": " +
                field + "=" + TraceFormat.excerpt(value.toString()));
        }
        return value.longValue();
    }

    private static List<Long> blockIds(JsonNode object, int promptTokens) {
        JsonNode ids = object.get("hash_ids");
        if (ids == null || ids.isNull()) {
            return List.of();
        }
        int blockCount = Math.ceilDiv(promptTokens, TraceRequest.BLOCK_TOKENS);
        if (!ids.isArray() || (ids.size() != 0 && ids.size() != blockCount)) {
            throw new IllegalArgumentException("hash_ids must be an array of " + blockCount + ", one for each " +
                TraceRequest.BLOCK_TOKENS + " of input_length=" + promptTokens + ": hash_ids=" +
                (ids.isArray() ? "array of " + ids.size() : TraceFormat.excerpt(ids.toString())));
        }
        List<Long> blockIds = new ArrayList<>(ids.size());
        for (JsonNode id : ids) {
            if (!id.isIntegralNumber() || !id.canConvertToLong()) {
                throw new IllegalArgumentException("hash_ids must hold whole numbers: hash_ids[" + blockIds.size() +
                    "]=" + TraceFormat.excerpt(id.toString()));
            }
            blockIds.add(id.longValue());
        }
        return blockIds;
    }
}
