function Swap(A, B) {
    return A + "-" + B;
}

export { Swap };
