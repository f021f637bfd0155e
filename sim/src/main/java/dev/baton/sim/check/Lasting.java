package dev.baton.sim.check;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * What is always there in a world, reached by what never changes: to which part of it each object belongs. Part 0 is what
 * the root reaches without its ends, and what several ends reach; every other part is what one end alone reaches.
 */
final class Lasting {
    private final RecallTable recalls;
    private final List<?> ends;
    private final IdentityHashMap<Object, Integer> parts = new IdentityHashMap<>();
    private final List<Object> inOrder = new ArrayList<>();

    Lasting(RecallTable recalls, Object root, List<?> ends) {
        this.recalls = recalls;
        this.ends = ends;
        for (int i = 0; i < ends.size(); i++) {
            parts.put(ends.get(i), i + 1);
            inOrder.add(ends.get(i));
        }
        claim(root, 0);
        for (int i = 0; i < ends.size(); i++) {
            int part = i + 1;
            recalls.of(ends.get(i)).eachFixed(ends.get(i), each -> claim(each, part));
        }
    }

    private void claim(Object object, int part) {
        if (object == null || recalls.of(object).isValue() || recalls.isConstant(object)) {
            return;
        }
        Integer before = parts.get(object);
        if (before == null) {
            inOrder.add(object);
        } else if (before == part || before == 0 || isEnd(object)) {
            return;
        }
        int owner = before == null ? part : 0;
        parts.put(object, owner);
        recalls.of(object).eachFixed(object, each -> claim(each, owner));
    }

    @SuppressWarnings("ReferenceEquality")   // which object it is
    private boolean isEnd(Object object) {
        return ends.stream().anyMatch(end -> end == object);
    }

    List<Object> all() {
        return inOrder;
    }

    /** Those of that part that change; those of one class together, which processors like. */
    Object[] changing(int part) {
        return inOrder.stream().filter(each -> parts.get(each) == part && !recalls.of(each).isUnchanging())
            .sorted(Comparator.comparing(each -> each.getClass().getName())).toArray();
    }
}
