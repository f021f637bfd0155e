/* reach.pml - a check that a model is not true of nothing: with -DREACH=CONDITION the run must find a state in which
 * that condition of the model holds. The search then stops at the assertion named unreached. */
#ifdef REACH
bit unreached = 0;
active proctype Reach() {
end:
    REACH -> assert(unreached)
}
#endif
