package dev.baton.receiver.engine;

import dev.baton.platform.WatchedProcess;

/**
 * Whether the decode engine, where it is a process of its own, is there: attached at the first sight of its lock, lost
 * when that is free again. Control agent's thread.
 */
public final class EngineWatch implements AutoCloseable {
    /** Null where nobody is watched. */
    private WatchedProcess process;

    /** A new one is watched from now on; an engine that speaks for itself is not watched any more. */
    public void told(EngineOrder order) {
        switch (order) {
            case EngineOrder.Watch watch -> {
                close();
                process = watch.process();
            }
            case EngineOrder.Attach _, EngineOrder.Detach _ -> close();
            default -> { }
        }
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
