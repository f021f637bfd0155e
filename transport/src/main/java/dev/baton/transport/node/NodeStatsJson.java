package dev.baton.transport.node;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.baton.transport.session.NodeIdentity;

/**
 * What a node tells about itself when it is asked for stats: one object, one member for what its roles share and for
 * each role.
 */
final class NodeStatsJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private NodeStatsJson() {}

    static String of(NodeIdentity identity, List<NodeService> services,
        Map<String, Supplier<Map<String, Object>>> shared) {
        Map<String, Object> stats = new LinkedHashMap<>();
        stats.put("nodeId", identity.nodeId());
        stats.put("incarnation", Long.toHexString(identity.incarnation()));
        shared.forEach((member, source) -> stats.put(member, source.get()));
        for (NodeService service : services) {
            stats.put(service.role().name().toLowerCase(Locale.ROOT), service.stats());
        }
        try {
            return MAPPER.writeValueAsString(stats);
        } catch (JsonProcessingException ex) {
            throw new IllegalStateException("stats are numbers, strings and maps: " + stats.keySet(), ex);
        }
    }
}
