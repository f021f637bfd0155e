package dev.baton.receiver.core;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Nodes whose bytes were corrupt again and again, by their configured names: twice within a minute, and they are granted
 * nothing for 5 s; each time that the next minute brings more of it, for twice as long, a minute at most. What they had
 * been granted before goes on, and counts no further. Pure; control agent's thread.
 */
final class SuspectBook {
    private static final long TWICE_WITHIN_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long SUSPECT_MIN_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long SUSPECT_MAX_NS = TimeUnit.SECONDS.toNanos(60);
    private static final int NODES_MAX = 1024;
    private static final int ALARMS_MAX = 64;

    /** What one node did of late. */
    private static final class Conduct {
        private long lastNs;
        private long suspectNs;      // how long it is suspect, or was; 0 before it ever was
        private long untilNs;
        private int corruptCount;
    }

    /** In the order of their first corrupt bytes; beyond the bound the oldest gives way. */
    private final Map<String, Conduct> byNode = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Conduct> eldest) {
            return size() > NODES_MAX;
        }
    };
    private final ArrayDeque<String> alarms = new ArrayDeque<>();

    /** Bytes of that node did not have the CRC that it told; once for each round of a handoff's part. */
    void corrupt(String nodeId, long nowNs) {
        Conduct node = byNode.get(nodeId);
        // A minute of having been free to send, however long it was suspect before.
        if (node != null && nowNs - node.lastNs > TWICE_WITHIN_NS && nowNs - node.untilNs > TWICE_WITHIN_NS) {
            byNode.remove(nodeId);
            node = null;
        }
        if (node == null) {
            node = new Conduct();
            node.untilNs = nowNs;
            byNode.put(nodeId, node);
        } else if (node.untilNs - nowNs <= 0) {
            node.suspectNs = node.suspectNs == 0 ? SUSPECT_MIN_NS : Math.min(2 * node.suspectNs, SUSPECT_MAX_NS);
            node.untilNs = nowNs + node.suspectNs;
            alarm(nodeId, node);
        }
        node.lastNs = nowNs;
        node.corruptCount++;
    }

    private void alarm(String nodeId, Conduct node) {
        if (alarms.size() < ALARMS_MAX) {
            alarms.add("a node sends corrupt bytes again and again: nodeId=" + nodeId + " times=" +
                (node.corruptCount + 1) + " grantedNothingForMs=" + TimeUnit.NANOSECONDS.toMillis(node.suspectNs) +
                "; look at its memory and its network");
        }
    }

    /** How long that node is granted nothing, in milliseconds; 0 if it is not suspect. */
    int suspectForMs(String nodeId, long nowNs) {
        Conduct node = byNode.get(nodeId);
        long leftNs = node == null ? 0 : node.untilNs - nowNs;
        return leftNs <= 0 ? 0 : (int) TimeUnit.NANOSECONDS.toMillis(leftNs) + 1;
    }

    /** Hands out what has not been told yet; of a burst, the first ones. */
    void drainAlarms(Consumer<String> listener) {
        for (String alarm = alarms.poll(); alarm != null; alarm = alarms.poll()) {
            listener.accept(alarm);
        }
    }
}
