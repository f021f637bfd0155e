package dev.baton.sim.models;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

import dev.baton.buffer.reserve.ReservationState;
import dev.baton.sender.core.OutboundState;

/** The models and the code have the same states and the same steps. Whoever changes one changes the other. */
class StateTablesTest {
    @Test
    void shouldNameTheSameStates() throws IOException {
        Set<String> inCode = new TreeSet<>();
        Stream.of(ReservationState.values()).map(Enum::name).forEach(inCode::add);
        Stream.of(OutboundState.values()).map(Enum::name).forEach(inCode::add);

        assertEquals(inCode, new TreeSet<>(StateTable.names()), "states of the code, and of docs/models/states.pml");
    }

    @Test
    void shouldStepAsTheReceiverDoes() throws IOException {
        assertEquals(steps(ReservationState.values(), ReservationState::mayBecome),
            steps(ReservationState.values(), StateTable.steps("RECEIVER_MAY")));
    }

    @Test
    void shouldStepAsTheSenderDoes() throws IOException {
        assertEquals(steps(OutboundState.values(), OutboundState::mayBecome),
            steps(OutboundState.values(), StateTable.steps("SENDER_MAY")));
    }

    private static <S extends Enum<S>> List<String> steps(S[] states, BiPredicate<S, S> mayBecome) {
        List<String> steps = new ArrayList<>();
        for (S from : states) {
            for (S to : states) {
                if (mayBecome.test(from, to)) {
                    steps.add(from + " -> " + to);
                }
            }
        }
        return steps;
    }

    private static <S extends Enum<S>> List<String> steps(S[] states, Map<String, List<String>> table) {
        return steps(states, (from, to) -> table.getOrDefault(from.name(), List.of()).contains(to.name()));
    }
}
