package dev.baton.transport.node;

import static java.util.concurrent.TimeUnit.MICROSECONDS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;

import org.agrona.CloseHelper;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.SleepingMillisIdleStrategy;
import org.agrona.concurrent.SystemEpochClock;

import dev.baton.platform.OwnedFolder;
import dev.baton.transport.WireMaxima;
import io.aeron.Aeron;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;

/**
 * A process's Aeron: an embedded media driver unless an external one's directory is given, and the one client that
 * control and bulk lanes share. Safe to share. The embedded driver has one thread below 8 processors and three from
 * there on; the client adds one, its conductor, which is off every message's path.
 */
public final class AeronNode implements AutoCloseable {
    private static final int PROCESSORS_FOR_DEDICATED = 8;
    /**
     * A stopped process that goes on must find its driver and client alive: sessions, not Aeron, decide what a pause
     * ends.
     */
    private static final long PAUSE_MAX_NS = SECONDS.toNanos(120);

    /**
     * An external driver that gave no sign of life for so long is taken for dead, and the client then cannot be used again:
     * longer than a session's silence, within the bound by which the node must have told (L1).
     */
    private static final long EXTERNAL_GONE_NS = SECONDS.toNanos(8);
    private static final String EMBEDDED_PREFIX = "baton-aeron-";

    private final MediaDriver driver;
    private final OwnedFolder folderOrNull;
    private final Aeron aeron;
    private final String directory;
    private final AtomicReference<Throwable> lastError;

    private AeronNode(MediaDriver driver, OwnedFolder folderOrNull, Aeron aeron, String directory,
        AtomicReference<Throwable> lastError) {
        this.driver = driver;
        this.folderOrNull = folderOrNull;
        this.aeron = aeron;
        this.directory = directory;
        this.lastError = lastError;
    }

    /**
     * Starts a driver of this process's own; its files carry the incarnation and go away with it, or, if it is killed,
     * with the next start.
     */
    public static AeronNode embedded(long incarnation) {
        Path base = embeddedBase();
        OwnedFolder.removeDead(base, EMBEDDED_PREFIX);
        AtomicReference<Throwable> lastError = new AtomicReference<>();
        boolean isDedicated = Runtime.getRuntime().availableProcessors() >= PROCESSORS_FOR_DEDICATED;
        MediaDriver.Context context = new MediaDriver.Context()
            .aeronDirectoryName(base.resolve(EMBEDDED_PREFIX + Long.toHexString(incarnation)).toString())
            .dirDeleteOnStart(true)
            .dirDeleteOnShutdown(true)
            .threadingMode(isDedicated ? ThreadingMode.DEDICATED : ThreadingMode.SHARED)
            .sharedIdleStrategy(backOff())
            .conductorIdleStrategy(backOff())
            .senderIdleStrategy(backOff())
            .receiverIdleStrategy(backOff())
            .spiesSimulateConnection(false)
            .epochClock(SteadyEpochClock.INSTANCE)
            // A stranger's streams cost memory before anybody looks at them.
            .streamSessionLimit(WireMaxima.SESSIONS_MAX + WireMaxima.STRANGER_PATHS_MAX)
            .printConfigurationOnStart(false)
            .clientLivenessTimeoutNs(PAUSE_MAX_NS)
            .publicationUnblockTimeoutNs(PAUSE_MAX_NS + SECONDS.toNanos(5))
            // Kept in the driver's own error log and here; a refused port or a lost peer is told where it matters, not
            // on stderr.
            .errorHandler(lastError::set);
        MediaDriver driver = MediaDriver.launch(context);
        try {
            return new AeronNode(driver, OwnedFolder.hold(Path.of(context.aeronDirectoryName())),
                connect(context.aeronDirectoryName(), SteadyEpochClock.INSTANCE, PAUSE_MAX_NS, lastError),
                context.aeronDirectoryName(), lastError);
        } catch (RuntimeException ex) {
            driver.close();
            throw ex;
        }
    }

    /**
     * Uses a driver that runs already, of another process; both then go by the wall clock, as such drivers do. Once the
     * driver is gone for 8 s this node is closed for good, and whoever runs the process starts it anew.
     */
    public static AeronNode external(Path aeronDirectory) {
        AtomicReference<Throwable> lastError = new AtomicReference<>();
        return new AeronNode(null, null,
            connect(aeronDirectory.toString(), SystemEpochClock.INSTANCE, EXTERNAL_GONE_NS, lastError),
            aeronDirectory.toString(), lastError);
    }

    public Aeron aeron() {
        return aeron;
    }

    public String aeronDirectory() {
        return directory;
    }

    public boolean isEmbedded() {
        return driver != null;
    }

    /** The driver or client is gone for good. */
    public boolean isClosed() {
        return aeron.isClosed();
    }

    /** What the driver or the client complained about last; null if nothing. */
    public Throwable lastError() {
        return lastError.get();
    }

    /** Says that nothing can be sent or heard any more, and what to do. */
    IllegalStateException gone(Throwable cause) {
        return new IllegalStateException("the media driver is gone: directory=" + directory + " lastError=" + lastError() +
            (isEmbedded() ? "" : "; start it again, then this node"), cause);
    }

    @Override
    public void close() {
        CloseHelper.closeAll(aeron, driver, folderOrNull);
    }

    private static Aeron connect(String directory, EpochClock clock, long driverGoneNs, AtomicReference<Throwable> lastError) {
        return Aeron.connect(new Aeron.Context()
            .aeronDirectoryName(directory)
            .epochClock(clock)
            .driverTimeoutMs(driverGoneNs / MILLISECONDS.toNanos(1))
            .idleStrategy(new SleepingMillisIdleStrategy(1))
            .useConductorAgentInvoker(false)
            .subscriberErrorHandler(lastError::set)
            .errorHandler(lastError::set));
    }

    private static BackoffIdleStrategy backOff() {
        return new BackoffIdleStrategy(10, 20, MICROSECONDS.toNanos(1), MILLISECONDS.toNanos(1));
    }

    private static Path embeddedBase() {
        Path shared = Path.of("/dev/shm");
        return Files.isDirectory(shared) && Files.isWritable(shared) ? shared
            : Path.of(System.getProperty("java.io.tmpdir"));
    }
}
