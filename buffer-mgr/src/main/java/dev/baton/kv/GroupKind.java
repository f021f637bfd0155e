package dev.baton.kv;

/** What one layer group keeps. The ordinal is the code on the wire: append, never reorder. */
public enum GroupKind {
    /** K and V rows for every layer, token slot and KV head; heads are split over tensor-parallel ranks. */
    ATTENTION,
    /** One row for every layer and token slot, no heads (MLA latents, sparse indexers); every tensor rank holds all. */
    LATENT,
    /** Fixed bytes per layer and head, one snapshot per sequence (SSM, linear attention); sent once, at the end. */
    STATE
}
