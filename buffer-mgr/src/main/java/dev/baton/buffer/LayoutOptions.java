package dev.baton.buffer;

import picocli.CommandLine.Option;

import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.ModelShapes;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;

/** Which model's KV a node holds and how its ranks split it, as settings of a command line. */
public final class LayoutOptions {
    @Option(names = "--model", paramLabel = "NAME", defaultValue = "Llama-3.1-8B",
        description = "A model whose KV shape is built in, by any of its names. Default: ${DEFAULT-VALUE}.")
    private String model;

    @Option(names = "--tp", paramLabel = "N", defaultValue = "1",
        description = "Tensor-parallel ranks. Default: ${DEFAULT-VALUE}.")
    private int tp;

    @Option(names = "--pp", paramLabel = "N", defaultValue = "1",
        description = "Pipeline-parallel ranks. Default: ${DEFAULT-VALUE}.")
    private int pp;

    @Option(names = "--cp", paramLabel = "N", defaultValue = "1",
        description = "Context-parallel ranks. Default: ${DEFAULT-VALUE}.")
    private int cp;

    @Option(names = "--layout", defaultValue = "NHD",
        description = "Order of tokens and heads: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private DimensionOrder order;

    @Option(names = "--block-tokens", paramLabel = "N", defaultValue = "256",
        description = "Tokens of a block, the unit of landing. Default: ${DEFAULT-VALUE}.")
    private int blockTokens;

    @Option(names = "--kv-cache-dtype", paramLabel = "TYPE", defaultValue = "auto",
        description = "Element type of the KV: auto (the model's), bf16, fp16, fp8_e4m3, ... Default: ${DEFAULT-VALUE}.")
    private String elements;

    /**
     * The layout that the settings name.
     *
     * @throws IllegalArgumentException if the model or the type is not known, or the model cannot have that type or be
     *                                  split so
     */
    public ShardedLayout layout() {
        KvLayout layout = ModelShapes.layout(model).withOrder(order).withBlockTokens(blockTokens);
        KvLayout typed = elements.equalsIgnoreCase("auto") ? layout : layout.withElements(ElementType.ofLabel(elements));
        return new ShardedLayout(typed, new Sharding(tp, pp, cp));
    }
}
