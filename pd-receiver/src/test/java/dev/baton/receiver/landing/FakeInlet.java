package dev.baton.receiver.landing;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

import dev.baton.transport.Inlet;

/** An inlet whose every poll does what the test queued, on the agent's thread, as a transport would. */
final class FakeInlet implements Inlet {
    final ArrayDeque<Runnable> arrivals = new ArrayDeque<>();
    final List<String> said = new ArrayList<>();
    /** As the last poll was given it. */
    int byteLimit;

    @Override
    public String scheme() {
        return "fake";
    }

    @Override
    public int lane() {
        return 0;
    }

    @Override
    public int port() {
        return 0;
    }

    @Override
    public void openSession(long sessionId, long tokenHigh, long tokenLow) {
        said.add("open " + sessionId);
    }

    @Override
    public void closeSession(long sessionId) {
        said.add("close " + sessionId);
    }

    @Override
    public int poll(int limit) {
        byteLimit = limit;
        int count = 0;
        Runnable arrival;
        while ((arrival = arrivals.poll()) != null) {
            arrival.run();
            count++;
        }
        return count;
    }

    @Override
    public void close() {
        said.add("closed");
    }
}
