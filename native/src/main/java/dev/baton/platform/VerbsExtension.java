package dev.baton.platform;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * RDMA verbs that DiSNI has no native for, out of the same library: long memory regions, private data of connections,
 * time-outs, questions to devices. Handles are addresses of C structures, as DiSNI's objects hold them. Safe from any
 * thread as far as the verbs are; of the calls here only {@link #hasConnectionEvent} is on a hot path. Errors are {@link IOException}s that name the call and
 * the errno.
 */
public final class VerbsExtension {
    /** Most bytes of private data that a request to connect carries over RDMA_PS_TCP. */
    public static final int CONNECT_DATA_BYTES_MAX = 56;

    private static final int EVENT_BYTES = 288;
    private static final int PRIVATE_DATA_OFFSET = 28;
    private static final int TIMED_OUT = -110;
    private static final int ERRNO_MAX = 4096;

    private final SymbolLookup lookup;
    private final Map<String, MethodHandle> calls = new ConcurrentHashMap<>();
    private final MethodHandle hasConnectionEvent;

    /** A registered piece of memory: the region's handle and the keys by which this side and peers name it. */
    public record Registered(long handle, int localKey, int remoteKey) {}

    /** What the connection manager last told the calling thread, beyond what DiSNI keeps of it. */
    public record ConnectionEvent(int number, int status, long listenId, long id, ByteBuffer privateData) {}

    /** What a device can: counts, and the longest region in bytes. */
    public record DeviceFacts(int ports, int queuePairsMax, int workRequestsMax, int elementsMax, int completionsMax,
        int regionsMax, long regionBytesMax, int openReadsMax) {}

    /** How a port stands: {@code state} 4 is active; lengths in bytes. */
    public record PortFacts(int state, int mtuBytes, int mtuBytesMax, long messageBytesMax, int linkLayer) {
        private static final int ACTIVE = 4;

        public boolean isActive() {
            return state == ACTIVE;
        }
    }

    /** How a queue pair stands, and what it was granted. */
    public record QueuePairFacts(int state, int mtuBytes, int ackTimeout, int retries, int receiverNotReadyRetries,
        int peerNumber, int sendsMax, int receivesMax, int inlineBytesMax) {
        public static final int READY_TO_SEND = 3;
        public static final int BROKEN = 6;
    }

    /** A word of the device that nobody asked for; {@code subject} is a queue pair's handle or a port's number. */
    public record AsyncEvent(int kind, long subject) {}

    /**
     * Binds to the library in this file, which stays loaded until the process ends.
     *
     * @throws IllegalArgumentException if it cannot be loaded; the message says what is missing
     */
    public VerbsExtension(Path library) {
        this.lookup = SymbolLookup.libraryLookup(library, Arena.global());
        this.hasConnectionEvent = Linker.nativeLinker().downcallHandle(lookup.findOrThrow("baton_has_cm_event"),
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
    }

    /** Registers memory of any length; the access flags are those of {@code ibv_access_flags}. */
    public Registered register(long domain, long address, long lengthBytes, int access) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment keys = arena.allocate(2L * Integer.BYTES, Integer.BYTES);
            return registered(check("ibv_reg_mr",
                callLong("baton_register", domain, address, lengthBytes, access, keys)), keys);
        }
    }

    /** Registers a device's memory by its dma-buf; peers name its first byte by {@code peerAddress}. */
    public Registered registerDmabuf(long domain, long offset, long lengthBytes, long peerAddress, int descriptor, int access)
        throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment keys = arena.allocate(2L * Integer.BYTES, Integer.BYTES);
            return registered(check("ibv_reg_dmabuf_mr", callLong("baton_register_dmabuf", domain, offset, lengthBytes,
                peerAddress, descriptor, access, keys)), keys);
        }
    }

    public void deregister(long region) throws IOException {
        check("ibv_dereg_mr", callInt("baton_deregister", region));
    }

    /** Whether an event waits on this channel; looks, and takes nothing. Allocates nothing, unlike taking one. */
    public boolean hasConnectionEvent(long channel) {
        try {
            return (int) hasConnectionEvent.invokeExact(channel) != 0;
        } catch (Throwable ex) {
            throw new AssertionError("a call into the C library failed to run at all: baton_has_cm_event", ex);
        }
    }

    /** Status and private data of the event that this thread took last, whoever of its callers took it. */
    public ConnectionEvent lastConnectionEvent() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment event = arena.allocate(EVENT_BYTES, Long.BYTES);
            callVoid("baton_copy_last_cm_event", event);
            byte[] data = new byte[event.get(JAVA_INT, PRIVATE_DATA_OFFSET - Integer.BYTES)];
            MemorySegment.copy(event, JAVA_BYTE, PRIVATE_DATA_OFFSET, data, 0, data.length);
            return new ConnectionEvent(event.get(JAVA_INT, 0), event.get(JAVA_INT, 4), event.get(JAVA_LONG, 8),
                event.get(JAVA_LONG, 16), ByteBuffer.wrap(data).asReadOnlyBuffer());
        }
    }

    /** Binds to a numeric address, IPv4 or IPv6, and a port; 0 is one of the system's choice. */
    public void bind(long id, String host, int port) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            check("rdma_bind_addr host=" + host + " port=" + port, callInt("baton_bind", id, arena.allocateFrom(host), port));
        }
    }

    /**
     * Starts to resolve a numeric address; an event says how it went.
     * @param sourceOrNull address to connect from, which chooses the device; null where the route chooses
     */
    public void resolve(long id, String sourceOrNull, String host, int port, int timeoutMs) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment source = sourceOrNull == null ? MemorySegment.NULL : arena.allocateFrom(sourceOrNull);
            check("rdma_resolve_addr source=" + sourceOrNull + " host=" + host + " port=" + port,
                callInt("baton_resolve", id, source, arena.allocateFrom(host), port, timeoutMs));
        }
    }

    /** The port that an id listens on, or connects from. */
    public int port(long id) throws IOException {
        return check("rdma_get_src_port", callInt("baton_port", id));
    }

    /** This side's address of an id as a number in text; empty before it has one. */
    public String address(long id) throws IOException {
        return text("rdma_get_local_addr", "baton_address", id);
    }

    /** Starts to connect; retries are 0 to 7, and 7 of the second kind never ends. */
    public void connect(long id, int retries, int receiverNotReadyRetries, byte[] privateData) throws IOException {
        answer("rdma_connect", "baton_connect", id, retries, receiverNotReadyRetries, privateData);
    }

    /** Accepts a request, and says so with these bytes. */
    public void accept(long id, int retries, int receiverNotReadyRetries, byte[] privateData) throws IOException {
        answer("rdma_accept", "baton_accept", id, retries, receiverNotReadyRetries, privateData);
    }

    /** Refuses a request, and says why in these bytes. */
    public void reject(long id, byte[] privateData) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            check("rdma_reject", callInt("baton_reject", id, copy(arena, privateData), privateData.length));
        }
    }

    /** How long a packet may stay unanswered, 4.096 us times 2 to this, before the id connects. */
    public void ackTimeout(long id, int exponent) throws IOException {
        check("rdma_set_option(ack timeout)", callInt("baton_ack_timeout", id, exponent));
    }

    /** The type of service of its packets, before the id resolves. */
    public void typeOfService(long id, int type) throws IOException {
        check("rdma_set_option(type of service)", callInt("baton_type_of_service", id, type));
    }

    /** Names of all devices. */
    public List<String> devices() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment names = arena.allocate(8192);
            check("ibv_get_device_list", callInt("baton_devices", names, (int) names.byteSize()));
            return names.getString(0).lines().toList();
        }
    }

    /** The name of the device behind a context. */
    public String deviceName(long context) throws IOException {
        return text("ibv_get_device_name", "baton_device_name", context);
    }

    public DeviceFacts device(long context) throws IOException {
        long[] facts = facts("ibv_query_device", 8, "baton_query_device", context);
        return new DeviceFacts((int) facts[0], (int) facts[1], (int) facts[2], (int) facts[3], (int) facts[4], (int) facts[5],
            facts[6], (int) facts[7]);
    }

    /** How a port stands; ports count from 1. */
    public PortFacts port(long context, int port) throws IOException {
        long[] facts = facts("ibv_query_port", 7, "baton_query_port", context, port);
        return new PortFacts((int) facts[0], (int) facts[1], (int) facts[2], facts[3], (int) facts[4]);
    }

    public QueuePairFacts queuePair(long queuePair) throws IOException {
        long[] facts = facts("ibv_query_qp", 9, "baton_query_qp", queuePair);
        return new QueuePairFacts((int) facts[0], (int) facts[1], (int) facts[2], (int) facts[3], (int) facts[4],
            (int) facts[5], (int) facts[6], (int) facts[7], (int) facts[8]);
    }

    /** Ends all traffic of a queue pair: what is posted comes back as flushed. */
    public void breakQueuePair(long queuePair) throws IOException {
        check("ibv_modify_qp", callInt("baton_break_qp", queuePair));
    }

    /** The next word of a device, or null where none comes in this time. */
    public AsyncEvent nextAsyncEventOrNull(long context, int timeoutMs) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment subject = arena.allocate(JAVA_LONG);
            int kind = callInt("baton_next_async_event", context, timeoutMs, subject);
            return kind == TIMED_OUT ? null
                : new AsyncEvent(check("ibv_get_async_event", kind), subject.get(JAVA_LONG, 0));
        }
    }

    private static Registered registered(long handle, MemorySegment keys) {
        return new Registered(handle, keys.get(JAVA_INT, 0), keys.get(JAVA_INT, Integer.BYTES));
    }

    private void answer(String what, String symbol, long id, int retries, int notReadyRetries, byte[] data) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            check(what, callInt(symbol, id, retries, notReadyRetries, copy(arena, data), data.length));
        }
    }

    private String text(String what, String symbol, long handle) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(128);
            check(what, callInt(symbol, handle, text, (int) text.byteSize()));
            return text.getString(0);
        }
    }

    private long[] facts(String what, int count, String symbol, Object... first) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment facts = arena.allocate(JAVA_LONG, count);
            Object[] arguments = Arrays.copyOf(first, first.length + 1);
            arguments[first.length] = facts;
            check(what, callInt(symbol, arguments));
            return facts.toArray(JAVA_LONG);
        }
    }

    private static MemorySegment copy(Arena arena, byte[] bytes) {
        return bytes.length == 0 ? MemorySegment.NULL : arena.allocateFrom(JAVA_BYTE, bytes);
    }

    private int check(String what, int result) throws IOException {
        return (int) check(what, (long) result);
    }

    private long check(String what, long result) throws IOException {
        if (result < 0 && result > -ERRNO_MAX) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment reason = arena.allocate(160);
                callVoid("baton_describe", (int) -result, reason, reason.byteSize());
                throw new IOException(what + " failed: " + reason.getString(0));
            }
        }
        return result;
    }

    private int callInt(String symbol, Object... arguments) {
        return (int) call(symbol, JAVA_INT, arguments);
    }

    private long callLong(String symbol, Object... arguments) {
        return (long) call(symbol, JAVA_LONG, arguments);
    }

    private void callVoid(String symbol, Object... arguments) {
        call(symbol, null, arguments);
    }

    private Object call(String symbol, MemoryLayout resultOrNull, Object... arguments) {
        MethodHandle call = calls.computeIfAbsent(symbol, name -> {
            MemoryLayout[] shape = Arrays.stream(arguments).map(VerbsExtension::layout).toArray(MemoryLayout[]::new);
            return Linker.nativeLinker().downcallHandle(lookup.findOrThrow(name),
                resultOrNull == null ? FunctionDescriptor.ofVoid(shape) : FunctionDescriptor.of(resultOrNull, shape));
        });
        try {
            return call.invokeWithArguments(arguments);
        } catch (Throwable ex) {
            throw new AssertionError("a call into the C library failed to run at all: " + symbol, ex);
        }
    }

    private static MemoryLayout layout(Object argument) {
        return switch (argument) {
            case Integer _ -> JAVA_INT;
            case Long _ -> JAVA_LONG;
            default -> ADDRESS;
        };
    }
}
