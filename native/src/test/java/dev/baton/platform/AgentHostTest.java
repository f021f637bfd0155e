package dev.baton.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class AgentHostTest {
    private final ConcurrentLinkedQueue<String> events = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Throwable> errors = new ConcurrentLinkedQueue<>();

    @ParameterizedTest
    @EnumSource(AgentHost.Idle.class)
    void shouldGiveEachAgentItsOwnNamedThread(AgentHost.Idle idle) throws InterruptedException {
        Probe a = new Probe("receiver");
        Probe b = new Probe("baton-data-0");
        try (AgentHost host = AgentHost.start(AgentHost.Mode.DEDICATED, idle, errors::add, List.of(a, b))) {
            a.awaitCycles();
            b.awaitCycles();
            assertEquals("baton-receiver", a.thread.get().getName());
            assertEquals("baton-data-0", b.thread.get().getName());
            assertTrue(a.thread.get().isDaemon());
            assertNotSame(a.thread.get(), b.thread.get());
            assertTrue(host.isRunning());
            assertThrows(IllegalArgumentException.class, host::step);
        }
        assertFalse(a.thread.get().isAlive());
        assertTrue(events.containsAll(List.of("receiver starts", "receiver closes", "baton-data-0 closes")));
        assertTrue(errors.isEmpty(), errors::toString);
    }

    @Test
    void shouldRunAllAgentsOnOneThread() throws InterruptedException {
        Probe a = new Probe("a");
        Probe b = new Probe("b");
        try (AgentHost host =
            AgentHost.start(AgentHost.Mode.SHARED, AgentHost.Idle.BACKOFF, errors::add, List.of(a, b))) {
            a.awaitCycles();
            b.awaitCycles();
            assertSame(a.thread.get(), b.thread.get());
            assertTrue(host.isRunning());
        }
        assertTrue(events.containsAll(List.of("a closes", "b closes")));
    }

    @Test
    void shouldStepByHandOnTheCallersThread() {
        Probe a = new Probe("a");
        Probe b = new Probe("b");
        AgentHost host = AgentHost.start(AgentHost.Mode.STEPPED, AgentHost.Idle.SPIN, errors::add, List.of(a, b));
        assertEquals(List.of("a starts", "b starts"), List.copyOf(events));
        assertEquals(2, host.step());
        assertSame(Thread.currentThread(), b.thread.get());
        host.close();
        assertEquals(List.of("a starts", "b starts", "b closes", "a closes"), List.copyOf(events));
        assertFalse(host.isRunning());
    }

    @Test
    void shouldReportWhatAnAgentThrowsAndRunOn() {
        Probe failing = new Probe("failing");
        failing.failure = new IllegalStateException("once");
        try (AgentHost host =
            AgentHost.start(AgentHost.Mode.STEPPED, AgentHost.Idle.SPIN, errors::add, List.of(failing))) {
            host.step();
            assertEquals(List.of(failing.failure), List.copyOf(errors));
            failing.failure = null;
            assertEquals(1, host.step());
            assertTrue(host.isRunning());
        }
    }

    @Test
    void shouldSayThatAnAgentEndedItself() throws InterruptedException {
        Probe ending = new Probe("ending");
        ending.failure = new AgentTerminationException("done");
        try (AgentHost host =
            AgentHost.start(AgentHost.Mode.DEDICATED, AgentHost.Idle.YIELD, errors::add, List.of(ending))) {
            ending.awaitCycles();
            ending.thread.get().join();
            assertFalse(host.isRunning());
        }
        assertEquals(1, errors.size());
    }

    @Test
    void shouldGiveUpOnAnAgentThatDoesNotStopAndCloseTheOthers() throws InterruptedException {
        Probe good = new Probe("good");
        Probe stuck = new Probe("stuck");
        CountDownLatch release = new CountDownLatch(1);
        stuck.stuckUntil = release;
        AgentHost host = AgentHost.start(
            AgentHost.Mode.DEDICATED, AgentHost.Idle.BACKOFF, errors::add, List.of(good, stuck), 20);
        good.awaitCycles();
        stuck.awaitCycles();

        IllegalStateException ex = assertThrows(IllegalStateException.class, host::close);
        assertTrue(ex.getMessage().contains("thread=baton-stuck"), ex::getMessage);
        assertTrue(events.contains("good closes"));
        release.countDown();
        stuck.thread.get().join();
    }

    @Test
    void shouldRefuseToHostNobody() {
        assertThrows(IllegalArgumentException.class,
            () -> AgentHost.start(AgentHost.Mode.SHARED, AgentHost.Idle.YIELD, errors::add, List.of()));
    }

    private final class Probe implements Agent {
        private final String name;
        private final CountDownLatch cycles = new CountDownLatch(3);
        private final AtomicReference<Thread> thread = new AtomicReference<>();
        private volatile RuntimeException failure;
        private volatile CountDownLatch stuckUntil;

        Probe(String name) {
            this.name = name;
        }

        void awaitCycles() throws InterruptedException {
            if (failure == null && stuckUntil == null) {
                assertTrue(cycles.await(20, TimeUnit.SECONDS), name + " ran no cycles");
            } else {
                while (thread.get() == null) {
                    LockSupport.parkNanos(1_000_000);
                }
            }
        }

        @Override
        public void onStart() {
            events.add(name + " starts");
        }

        @Override
        public int doWork() {
            thread.set(Thread.currentThread());
            cycles.countDown();
            if (failure != null) {
                throw failure;
            }
            while (stuckUntil != null && stuckUntil.getCount() > 0) {
                LockSupport.parkNanos(1_000_000);
            }
            return 1;
        }

        @Override
        public void onClose() {
            events.add(name + " closes");
        }

        @Override
        public String roleName() {
            return name;
        }
    }
}
