package dev.baton.transport.aeron;

import dev.baton.transport.LaneRig;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import java.nio.file.Path;
import org.agrona.DirectBuffer;

/** Aeron over UDP on the loopback interface, or over IPC, with a media driver of its own; for the contract test. */
public final class AeronRig extends LaneRig {
    private final boolean isIpc;
    private MediaDriver driver;
    private Aeron aeron;

    public AeronRig(boolean isIpc) {
        super(isIpc ? "aeron-ipc" : "aeron");
        this.isIpc = isIpc;
    }

    @Override
    protected void start(Path parent) {
        driver = MediaDriver.launchEmbedded(new MediaDriver.Context()
            .aeronDirectoryName(parent.resolve("driver").toString())
            .threadingMode(ThreadingMode.SHARED)
            .dirDeleteOnStart(true).dirDeleteOnShutdown(true)
            // A test's files must not need more than a test's disk.
            .performStorageChecks(false));
        aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(driver.aeronDirectoryName()));
        super.start(parent);
    }

    @Override
    protected Transport open(TransportContext context) {
        return provider().open(context);
    }

    private AeronProvider provider() {
        return isIpc ? AeronProvider.ipc(() -> aeron, AeronSettings.DEFAULTS)
            : AeronProvider.udp(() -> aeron, AeronSettings.DEFAULTS);
    }

    @Override
    public RawLane raw(LinkContext context) {
        BulkChannels channels = new BulkChannels(AeronSettings.DEFAULTS, isIpc);
        ExclusivePublication publication =
            aeron.addExclusivePublication(channels.publication(context), channels.stream(context.port()));
        return new RawLane() {
            @Override
            public boolean offer(DirectBuffer frame, int lengthBytes) {
                return publication.offer(frame, 0, lengthBytes) > 0;
            }

            @Override
            public void close() {
                publication.close();
            }
        };
    }

    @Override
    public void close() {
        super.close();
        aeron.close();
        driver.close();
    }
}
