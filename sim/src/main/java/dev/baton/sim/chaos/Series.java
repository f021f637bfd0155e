package dev.baton.sim.chaos;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

import dev.baton.sim.time.Agenda;

/** Things that happen at times known before. Only the next one is on the agenda: one that holds them all is slow for everybody. */
final class Series<T> implements Agenda.Happening {
    private final Agenda agenda;
    private final ArrayDeque<T> left;
    private final ToLongFunction<T> timeNs;
    private final Consumer<T> due;

    private Series(Agenda agenda, ArrayDeque<T> left, ToLongFunction<T> timeNs, Consumer<T> due) {
        this.agenda = agenda;
        this.left = left;
        this.timeNs = timeNs;
        this.due = due;
    }

    static <T> void begin(Agenda agenda, List<T> all, ToLongFunction<T> timeNs, Consumer<T> due) {
        new Series<>(agenda, new ArrayDeque<>(all.stream().sorted(Comparator.comparingLong(timeNs)).toList()), timeNs, due)
            .awaitNext();
    }

    private void awaitNext() {
        if (!left.isEmpty()) {
            agenda.at(timeNs.applyAsLong(left.peek()), this);
        }
    }

    @Override
    public void happen() {
        due.accept(left.poll());
        awaitNext();
    }
}
