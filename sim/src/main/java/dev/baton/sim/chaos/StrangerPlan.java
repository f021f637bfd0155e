package dev.baton.sim.chaos;

import dev.baton.sim.time.Chance;

/**
 * What somebody does who is on the network of nodes that have a secret, and does not know it.
 *
 * @param rate      of the messages that it sees: of how many it makes something
 * @param isDialler whether its own node dials the others
 * @param hasOther  whether that has a secret, another one
 */
record StrangerPlan(double rate, boolean isDialler, boolean hasOther) {
    /** Null where nobody is: without a secret, and in seven eighths of the other seeds. */
    static StrangerPlan drawnOrNull(Plan plan, Scope scope) {
        boolean isToo = scope.focus().isEmpty() && Chance.of(plan.seed, "strangers-too").below(8) == 0;
        if (plan.secret == null || !(isToo || scope.has(Focus.STRANGERS))) {
            return null;
        }
        Chance chance = Chance.of(plan.seed, "strangers");
        return new StrangerPlan(1.0 / (8 << chance.below(4)), chance.below(2) == 0, chance.below(2) == 0);
    }
}
