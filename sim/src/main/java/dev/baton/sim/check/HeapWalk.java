package dev.baton.sim.check;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.ReservationId;

/**
 * Walks all objects that can be reached from a root, writes down what they remember, and brings it back: so a real core
 * is taken to an earlier state without doing all its steps again, and every field of it, those added tomorrow included,
 * is part of the state. Two states are alike if the same walk meets the same values; which object is which counts by
 * the order in which they are met. One thread.
 * <p>
 * Not walked: what cannot change (layouts, identities, settings), codecs and their buffers, which hold nothing between
 * two messages, and counters.
 */
final class HeapWalk {
    private static final Set<String> FIXED_PACKAGES = Set.of("dev.baton.kv", "dev.baton.transport.wire", "java.lang",
        "java.util.concurrent", "org.agrona.concurrent", "org.agrona");
    private static final Set<String> FIXED = Set.of("SlabPlan", "ExtentIndex", "ReceiverLimits", "SenderTimeouts",
        "AdmissionLimits", "TenantLimits", "TenantPolicy", "SchemeChoice", "PeerLayout", "Scenario", "HandoffSpec",
        "SourceParts", "SenderCounters", "ReceiverCounters", "ReserveCounters", "FenceCounters",
        "PoolCacheCounters", "LinkContext", "RemoteSlab", "PairingCache");
    /** What they are is all that they hold. */
    static final Set<Class<?>> VALUES = Set.of(String.class, HandoffId.class, ReservationId.class, NodeIdentity.class);

    private final RecallTable recalls = new RecallTable();
    /** Always there: reached by what never changes. What of them does change is written down each time. */
    private final int lastingCount;
    /** Those of them that change, those of one class together, which processors like. */
    private final Object[] lasting;
    private final Recall[] lastingRecalls;
    private final Identities indexes = new Identities();
    private HeapImage image;

    /** @param root what is reached from there is the state */
    HeapWalk(Object root) {
        List<Object> found = new ArrayList<>();
        find(root, found);
        for (int i = 0; i < found.size(); i++) {
            recalls.of(found.get(i)).eachFixed(found.get(i), each -> find(each, found));
        }
        indexes.keep();
        lastingCount = found.size();
        lasting = found.stream().filter(each -> !recalls.of(each).isUnchanging())
            .sorted(Comparator.comparing(each -> each.getClass().getName())).toArray();
        lastingRecalls = Stream.of(lasting).map(recalls::of).toArray(Recall[]::new);
    }

    private void find(Object object, List<Object> found) {
        if (object != null && !recalls.of(object).isValue()
            && indexes.index(object, found.size()) == found.size()) {
            found.add(object);
        }
    }

    /** Writes down what can be reached. */
    void save(HeapImage into) {
        image = into;
        into.clear();
        indexes.clear();
        for (int i = 0; i < lasting.length; i++) {
            lastingRecalls[i].save(lasting[i], into, this);
        }
        for (int i = 0; i < into.objectCount; i++) {
            Object object = into.objects[i];
            Recall recall = into.recalls[i];
            recall.save(object, into, this);
            recall.saveFixed(object, into, this);
        }
    }

    /** Brings it back; objects that came later are met no more. */
    void restore(HeapImage from) {
        from.rewind();
        for (int i = 0; i < lasting.length; i++) {
            lastingRecalls[i].restore(lasting[i], from);
        }
        for (int i = 0; i < from.objectCount; i++) {
            from.recalls[i].restore(from.objects[i], from);
        }
    }

    /** What stands for a reference in the state; an object that is met for the first time will be walked. */
    long token(Object value) {
        if (value == null) {
            return 0;
        }
        Recall recall = recalls.of(value);
        if (recalls.isValue()) {
            return recall.token(value);
        }
        int next = lastingCount + image.objectCount;
        int index = indexes.index(value, next);
        if (index == next) {
            image.object(value, recall);
        }
        return index + 1L;
    }

    /** Whether nothing of it is walked. */
    static boolean isFixed(Class<?> type) {
        if (type.isEnum() || VALUES.contains(type)) {
            return false;
        }
        if (type.isHidden() || type.isSynthetic() || FIXED.contains(type.getSimpleName())
            || type.getName().startsWith("java.util.Immutable")
            || type.getName().startsWith("java.util.Collections$")) {
            return true;
        }
        return !type.isArray() && FIXED_PACKAGES.contains(type.getPackageName());
    }
}
