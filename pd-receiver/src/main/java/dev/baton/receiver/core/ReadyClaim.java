package dev.baton.receiver.core;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Who decides what becomes of a request that is ready: the engine, which takes it, or the receiver, which ends it. The first
 * one does, for good, so an engine that has taken it may read at once, however long its order is on its way. Any thread.
 */
final class ReadyClaim {
    private static final int OPEN = 0;
    private static final int TAKEN = 1;
    private static final int ENDED = 2;
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(ReadyClaim.class, "state", int.class);
        } catch (ReflectiveOperationException ex) {
            throw new ExceptionInInitializerError(ex);
        }
    }

    @SuppressWarnings("FieldMayBeFinal")   // STATE changes it
    private volatile int state = OPEN;

    /** Whether it is taken now, or was before; false once it has ended. */
    boolean take() {
        return STATE.compareAndSet(this, OPEN, TAKEN) || state == TAKEN;
    }

    /** Whether it has ended now, or had before; false once it is taken. */
    boolean end() {
        return STATE.compareAndSet(this, OPEN, ENDED) || state == ENDED;
    }
}
