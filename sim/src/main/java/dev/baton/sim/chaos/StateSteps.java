package dev.baton.sim.chaos;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;

import dev.baton.buffer.reserve.ReservationState;
import dev.baton.platform.StepListener;
import dev.baton.sender.core.OutboundState;

/**
 * How often things went from one state to another, told as they go. A step is named BEFORE>AFTER, and ->AFTER where something came to
 * be. A state is counted by its place in its enum, as this is told often.
 */
final class StateSteps<S extends Enum<S>> implements StepListener<S> {
    private final S[] states;
    private final BiPredicate<S, S> mayBecome;
    /** By the two states' places; what was in none before is in the last row. */
    private final long[] counts;

    /** @param mayBecome the table of legal steps that the code itself keeps */
    StateSteps(S[] states, BiPredicate<S, S> mayBecome) {
        this.states = states;
        this.mayBecome = mayBecome;
        this.counts = new long[(states.length + 1) * states.length];
    }

    static StateSteps<ReservationState> ofReservations() {
        return new StateSteps<>(ReservationState.values(), ReservationState::mayBecome);
    }

    static StateSteps<OutboundState> ofHandoffs() {
        return new StateSteps<>(OutboundState.values(), OutboundState::mayBecome);
    }

    @Override
    @SuppressWarnings("EnumOrdinal")   // a place in a table that lives as long as one run
    public void onStep(S beforeOrNull, S next) {
        counts[(beforeOrNull == null ? states.length : beforeOrNull.ordinal()) * states.length + next.ordinal()]++;
    }

    void add(StateSteps<S> more) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += more.counts[i];
        }
    }

    /** Each state, and how often something came to it. */
    Map<String, Long> entered() {
        Map<String, Long> entered = new LinkedHashMap<>();
        for (int i = 0; i < counts.length; i++) {
            entered.merge(states[i % states.length].name(), counts[i], Long::sum);
        }
        return entered;
    }

    /** Each legal step, and how often it was taken; and what else was taken. */
    Map<String, Long> taken() {
        Map<String, Long> taken = new LinkedHashMap<>();
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0 || isLegal(i)) {
                taken.put(name(i), counts[i]);
            }
        }
        return taken;
    }

    /** Legal steps that nothing took. */
    List<String> neverTaken() {
        List<String> never = new ArrayList<>();
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] == 0 && isLegal(i)) {
                never.add(name(i));
            }
        }
        return never;
    }

    /** Steps that were taken and that the table has not. */
    List<String> forbidden() {
        List<String> forbidden = new ArrayList<>();
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0 && !isLegal(i)) {
                forbidden.add(name(i));
            }
        }
        return forbidden;
    }

    /** The table says nothing of where things begin: in the one state that no other leads to. */
    private boolean isLegal(int place) {
        S next = states[place % states.length];
        int from = place / states.length;
        if (from < states.length) {
            return mayBecome.test(states[from], next);
        }
        for (S state : states) {
            if (mayBecome.test(state, next)) {
                return false;
            }
        }
        return true;
    }

    private String name(int place) {
        int from = place / states.length;
        return (from == states.length ? "-" : states[from].name()) + ">" + states[place % states.length].name();
    }
}
