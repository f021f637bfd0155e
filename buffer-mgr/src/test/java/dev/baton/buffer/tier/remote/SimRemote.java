package dev.baton.buffer.tier.remote;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A remote store in the heap that hangs, fails and is full when it is told to. */
final class SimRemote implements RemoteClient {
    enum Call {
        FIND, PUT, GET, REMOVE
    }

    final Map<String, byte[]> objects = new ConcurrentHashMap<>();
    /** Names of each call of FIND. */
    final List<Integer> batches = Collections.synchronizedList(new ArrayList<>());
    private final Set<Call> hanging = EnumSet.noneOf(Call.class);
    private final Set<Call> failing = EnumSet.noneOf(Call.class);
    private boolean isFull;
    private int waiting;
    private int refused;
    private boolean isClosed;

    synchronized void hang(Call... calls) {
        hanging.clear();
        hanging.addAll(List.of(calls));
        notifyAll();
    }

    synchronized void fail(Call... calls) {
        failing.clear();
        failing.addAll(List.of(calls));
    }

    synchronized void full(boolean value) {
        isFull = value;
    }

    /** Writes that found no room. */
    synchronized int refused() {
        return refused;
    }

    /** Calls that hang now. */
    synchronized int waiting() {
        return waiting;
    }

    private synchronized void enter(Call call) throws RemoteException {
        waiting++;
        while (hanging.contains(call) && !isClosed) {
            try {
                wait();
            } catch (InterruptedException ex) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(ex);
            }
        }
        waiting--;
        if (isClosed || failing.contains(call)) {
            throw new RemoteException("told to fail: call=" + call, false, null);
        }
        if (isFull && call == Call.PUT) {
            refused++;
            throw new RemoteException("told to be full", true, null);
        }
    }

    @Override
    public RemoteConnection connection() {
        return new RemoteConnection() {
            @Override
            public void find(String[] names, int count, long[] lengthsBytes, long[] storedMs, long timeoutNs) throws RemoteException {
                enter(Call.FIND);
                batches.add(count);
                for (int i = 0; i < count; i++) {
                    byte[] object = objects.get(names[i]);
                    lengthsBytes[i] = object == null ? ABSENT : object.length - RemoteHead.LENGTH_BYTES;
                    storedMs[i] = object == null ? 0 : RemoteHead.storedMs(Arrays.copyOf(object, RemoteHead.LENGTH_BYTES));
                }
            }

            @Override
            public void put(String name, RemoteHead head, BlockMemory payload, long timeoutNs) throws RemoteException {
                enter(Call.PUT);
                byte[] object = new byte[RemoteHead.LENGTH_BYTES + (int) payload.lengthBytes()];
                System.arraycopy(head.bytes(), 0, object, 0, RemoteHead.LENGTH_BYTES);
                payload.view(0, (int) payload.lengthBytes()).get(object, RemoteHead.LENGTH_BYTES, (int) payload.lengthBytes());
                objects.put(name, object);
            }

            @Override
            public long get(String name, RemoteHead head, BlockMemory target, long timeoutNs) throws RemoteException {
                enter(Call.GET);
                byte[] object = objects.get(name);
                if (object == null) {
                    return ABSENT;
                }
                int lengthBytes = object.length - RemoteHead.LENGTH_BYTES;
                if (lengthBytes <= target.lengthBytes()) {
                    System.arraycopy(object, 0, head.bytes(), 0, RemoteHead.LENGTH_BYTES);
                    target.put(0, ByteBuffer.wrap(object, RemoteHead.LENGTH_BYTES, lengthBytes));
                }
                return lengthBytes;
            }

            @Override
            public void remove(String name, long timeoutNs) throws RemoteException {
                enter(Call.REMOVE);
                objects.remove(name);
            }

            @Override
            public void reset() {}
        };
    }

    @Override
    public int lookupBatchMax() {
        return 64;
    }

    @Override
    public long payloadBytesMax() {
        return 1 << 30;
    }

    @Override
    public String describe() {
        return "sim";
    }

    @Override
    public synchronized void close() {
        isClosed = true;
        notifyAll();
    }
}
