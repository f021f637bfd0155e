package dev.baton.sim.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.baton.buffer.cache.CacheLimits;
import dev.baton.buffer.tier.Eviction;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.KvLayout;
import dev.baton.kv.ModelShapes;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.receiver.TierSettings;
import dev.baton.receiver.core.TierAdmission;
import dev.baton.receiver.core.TierLimits;
import dev.baton.transport.RdmaOptions;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.secret.SharedSecret;
import dev.baton.transport.session.HandoffId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What every process of one demo is told: the same for all. Immutable; travels as one JSON object on a child's standard
 * input.
 *
 * @param blockTokens       tokens of a block; 0 for the model's own
 * @param model             a name that {@link ModelShapes} knows
 * @param prefillTp         tensor-parallel ranks of each sender, as shards in its one process
 * @param decodeTp          likewise of the receiver
 * @param scheme            transport: shm, rdma, tcp, tcp-lossless, aeron or rdma-sim
 * @param isSourceFirst     prefill first, and the decode side asks for it
 * @param seed              of the bytes
 * @param chunkTokens       tokens that prefill computes at once, a multiple of the block
 * @param poolBytesPerShard memory of the receiver for each of its shards
 * @param stagingBytes      memory of each sender for blocks on their way
 * @param extentBytes       unit of allocation in the receiver's pool
 * @param folder            where shared memory lies; made and removed by the coordinator
 * @param secretFile        the secret of all processes; empty for none
 * @param isEncrypted       whether KV travels encrypted, which needs the secret
 * @param flipRequest       a byte of this request is changed after its block was made, so that the check must find it;
 *                          -1 for none
 * @param cache             what of the receiver's pool goes first
 * @param tierOrNull        what lies below the receiver's pool
 * @param rails             addresses of devices, a lane each; empty for one lane over the first
 */
record DemoSetup(int blockTokens, String model, DimensionOrder prefillOrder, DimensionOrder decodeOrder, int prefillTp, int decodeTp,
    String scheme, boolean isSourceFirst, long seed, int chunkTokens, long poolBytesPerShard, long stagingBytes,
    int extentBytes, Path folder, String secretFile, boolean isEncrypted, int flipRequest, CacheLimits cache,
    TierSettings tierOrNull, List<String> rails) {
    private static final long TENANT = 0;

    ShardedLayout source() {
        return new ShardedLayout(layout(model, blockTokens).withOrder(prefillOrder), Sharding.tensor(prefillTp));
    }

    ShardedLayout target() {
        return new ShardedLayout(layout(model, blockTokens).withOrder(decodeOrder), Sharding.tensor(decodeTp));
    }

    /**
     * Both ends' layouts side by side.
     *
     * @throws IllegalArgumentException if there is no such model, or its heads cannot be split so
     */
    static ShardPairing pairing(String model, DimensionOrder prefillOrder, DimensionOrder decodeOrder, int prefillTp,
        int decodeTp) {
        return pairing(0, model, prefillOrder, decodeOrder, prefillTp, decodeTp);
    }

    /** With blocks of another size; 0 for the model's own. */
    static ShardPairing pairing(int blockTokens, String model, DimensionOrder prefillOrder, DimensionOrder decodeOrder,
        int prefillTp, int decodeTp) {
        KvLayout layout = layout(model, blockTokens);
        return ShardPairing.of(layout.withOrder(prefillOrder), Sharding.tensor(prefillTp),
            layout.withOrder(decodeOrder), Sharding.tensor(decodeTp));
    }

    private static KvLayout layout(String model, int blockTokens) {
        KvLayout layout = ModelShapes.layout(model);
        return blockTokens == 0 ? layout : layout.withBlockTokens(blockTokens);
    }

    /** What a process of this demo is as a node. */
    NodeContext node(String nodeId, ShardedLayout layout) {
        return new NodeContext().nodeId(nodeId).layout(layout.encode()).transports(List.of(scheme))
            .rdma(new RdmaOptions(rails, false)).lanes(Math.max(1, rails.size()))
            .sharedMemoryDir(folder).secret(secretOrNull()).encrypting(isEncrypted).conclude();
    }

    SharedSecret secretOrNull() {
        return secretFile.isEmpty() ? null : SharedSecret.read(Path.of(secretFile));
    }

    /** The name of a request, the same in every process; {@code attempt} counts from 0. */
    HandoffId handoffId(int request, int attempt) {
        return new HandoffId(TENANT, seed, request, attempt);
    }

    /** What prefill gives to decode beside the KV of a request; decode checks it too. */
    byte[] aux(int request, int tokens) {
        return ("request=" + request + " tokens=" + tokens + " seed=" + seed).getBytes(StandardCharsets.UTF_8);
    }

    ObjectNode json() {
        return Line.of("setup").put("blockTokens", blockTokens).put("model", model).put("prefillOrder", prefillOrder.name()).put("decodeOrder",
            decodeOrder.name())
            .put("prefillTp", prefillTp).put("decodeTp", decodeTp).put("scheme", scheme)
            .put("isSourceFirst", isSourceFirst)
            .put("seed", seed).put("chunkTokens", chunkTokens).put("poolBytesPerShard", poolBytesPerShard)
            .put("stagingBytes", stagingBytes).put("extentBytes", extentBytes).put("folder", folder.toString())
            .put("secretFile", secretFile).put("isEncrypted", isEncrypted).put("rails", String.join(",", rails))
            .put("flipRequest", flipRequest).put("eviction", cache.eviction().name()).put("tier", tierOrNull == null ? "" : String.join("\n", tierOrNull.addresses()))
            .put("tierSpaceBytes", tierOrNull == null ? 0 : tierOrNull.spaceBytes())
            .put("tierTtlsMs", tierOrNull == null ? "" : tierOrNull.ttlsMs().stream().map(String::valueOf).collect(Collectors.joining(",")))
            .put("tierWaitNs", tierOrNull == null ? 0 : tierOrNull.limits().waitNs())
            .put("tierCodec", tierOrNull == null ? "" : tierOrNull.codec())
            .put("tierAdmission", tierOrNull == null ? "" : tierOrNull.limits().admission().name());
    }

    static DemoSetup of(JsonNode json) {
        return new DemoSetup(json.get("blockTokens").asInt(), json.get("model").asText(), DimensionOrder.valueOf(json.get("prefillOrder").asText()),
            DimensionOrder.valueOf(json.get("decodeOrder").asText()), json.get("prefillTp").asInt(),
            json.get("decodeTp").asInt(), json.get("scheme").asText(), json.get("isSourceFirst").asBoolean(),
            json.get("seed").asLong(), json.get("chunkTokens").asInt(), json.get("poolBytesPerShard").asLong(),
            json.get("stagingBytes").asLong(), json.get("extentBytes").asInt(), Path.of(json.get("folder").asText()),
            json.get("secretFile").asText(), json.get("isEncrypted").asBoolean(), json.get("flipRequest").asInt(),
            CacheLimits.of(Eviction.valueOf(json.get("eviction").asText())),
            json.get("tier").asText().isEmpty() ? null : tier(json),
            Arrays.stream(json.get("rails").asText().split(",", -1)).filter(rail -> !rail.isEmpty()).toList());
    }

    private static TierSettings tier(JsonNode json) {
        return new TierSettings(List.of(json.get("tier").asText().split("\n")),
            Arrays.stream(json.get("tierTtlsMs").asText().split(",")).filter(ttl -> !ttl.isEmpty()).map(Long::valueOf).toList(), json.get("tierSpaceBytes").asLong(), json.get("tierCodec").asText(),
            TierLimits.DEFAULT.withWaitNs(json.get("tierWaitNs").asLong()).withAdmission(TierAdmission.valueOf(json.get("tierAdmission").asText())));
    }
}
