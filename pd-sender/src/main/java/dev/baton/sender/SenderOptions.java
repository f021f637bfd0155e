package dev.baton.sender;

import picocli.CommandLine.Option;

import dev.baton.buffer.ByteSizeOptions;
import dev.baton.kv.ShardedLayout;

/** The settings of the sending role, for every command that has it. */
public final class SenderOptions {
    @Option(names = "--window", paramLabel = "SIZE", converter = ByteSizeOptions.class, defaultValue = "512MiB",
        description = "Staging of handoffs whose memory is granted first. Default: ${DEFAULT-VALUE}.")
    private long windowBytes;

    @Option(names = "--whole-staging", paramLabel = "SIZE", converter = ByteSizeOptions.class, defaultValue = "512MiB",
        description = "Staging of whole requests that are prefilled first. Default: ${DEFAULT-VALUE}.")
    private long wholeBytes;

    @Option(names = "--handoffs", paramLabel = "N", defaultValue = "1024",
        description = "Most handoffs under way at a time. Default: ${DEFAULT-VALUE}.")
    private int handoffsMax;

    @Option(names = "--data-agents", paramLabel = "N", defaultValue = "1",
        description = "Threads that copy. Default: ${DEFAULT-VALUE}.")
    private int dataAgents;

    @Option(names = "--transport", paramLabel = "SCHEME", defaultValue = "",
        description = "Forces one way of moving bytes; default: the best that both ends have.")
    private String transport;

    /** What the settings say; checked when the context is concluded. */
    public SenderContext context(ShardedLayout layout) {
        return new SenderContext().layout(layout).windowBytes(windowBytes).wholeBytes(wholeBytes)
            .handoffsMax(handoffsMax)
            .dataAgents(dataAgents).transport(transport);
    }

    /** Empty for the best that both ends have. */
    public String transport() {
        return transport;
    }
}
