package dev.baton.transport.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.util.ArrayList;
import java.util.List;

import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.Role;
import dev.baton.transport.wire.ReceiverProxy;

/** What tests of control planes over queues share: the network, a node that prefills and one that decodes, and a clock. */
abstract class LoopbackPlanes {
    private static final long STEP_NS = MILLISECONDS.toNanos(1);

    final LoopbackControl network = new LoopbackControl();
    final List<ControlPlane> planes = new ArrayList<>();
    final Planes.Events atA = new Planes.Events();
    final Planes.Events atB = new Planes.Events();
    final ReceiverProxy proxy = new ReceiverProxy();
    private long nowNs = Long.MAX_VALUE - SECONDS.toNanos(2);   // the clock wraps while the tests run

    final ControlPlane openA(long incarnation) {
        return open(Planes.context(Planes.identity("a", incarnation, Role.PREFILL)).host("a").port(1), atA);
    }

    final ControlPlane openB(long incarnation) {
        return open(Planes.context(Planes.identity("b", incarnation, Role.DECODE)).host("b").port(2), atB);
    }

    final ControlPlane open(ControlContext context, Planes.Events events) {
        ControlPlane plane = network.open(context);
        plane.addSessionListener(events);
        planes.add(plane);
        return plane;
    }

    /** So many milliseconds, one by one, at every node that is open. */
    final void step(int count) {
        for (int i = 0; i < count; i++) {
            nowNs += STEP_NS;
            planes.forEach(plane -> plane.poll(nowNs));
        }
    }
}
