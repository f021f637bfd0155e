package dev.baton.receiver.engine;

import dev.baton.platform.WatchedProcess;

/**
 * Whether the decode engine, where it is a process of its own, is there: attached at the first sight of its lock, lost
 * when that is free again. Control agent's thread.
 */
public final class EngineWatch implements AutoCloseable {
    /** Null where nobody is watched. */
    private WatchedProcess process;

    /**
     * A new one is watched from now on; an engine that speaks for itself is not watched any more. True if another comes in place of one
     * that was there, whose end nobody will see any more: it is over now.
     */
    public boolean told(EngineOrder order) {
        if (!(order instanceof EngineOrder.Watch || order instanceof EngineOrder.Attach || order instanceof EngineOrder.Detach)) {
            return false;
        }
        boolean isReplaced = process != null && process.isSeen() && !(order instanceof EngineOrder.Detach);
        close();
        if (order instanceof EngineOrder.Watch watch) {
            process = watch.process();
        }
        return isReplaced;
    }

    /** What follows from a look, to be carried out as if it had been ordered; null for nothing, as nearly always. */
    public EngineOrder lookOrNull(long nowNs) {
        if (process == null) {
            return null;
        }
        return switch (process.look(nowNs)) {
            case NOTHING_NEW -> null;
            case CAME -> new EngineOrder.Attach();
            case WENT -> {
                close();
                yield new EngineOrder.Lost();
            }
        };
    }

    @Override
    public void close() {
        if (process != null) {
            WatchedProcess former = process;
            process = null;
            former.close();
        }
    }
}
