//! Values from the bytes of a file.

pub use wide::bytemuck::Pod;
use wide::bytemuck::cast_slice_mut;

/// Values whose bytes follow each other, lowest first: fills `out`, as far as both reach.
#[inline(never)]
pub fn read<T: Pod>(bytes: &[u8], out: &mut [T]) {
    let to: &mut [u8] = cast_slice_mut(out);
    let len = to.len().min(bytes.len());
    if let (Some(to), Some(from)) = (to.get_mut(..len), bytes.get(..len)) {
        to.copy_from_slice(from);
    }
    if cfg!(target_endian = "big") {
        to.chunks_exact_mut(size_of::<T>().max(1)).for_each(<[u8]>::reverse);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_standard_library_reads_them() {
        let bytes = [0, 0, 128, 63, 1, 2, 3, 4, 9];
        let (mut floats, mut longs, mut small) = ([7.0_f32; 3], [7_i64; 1], [0_i8; 2]);
        read(&bytes, &mut floats);
        read(&bytes, &mut longs);
        read(&[255, 3, 9], &mut small);
        assert_eq!(floats[..2], [1.0, f32::from_le_bytes([1, 2, 3, 4])]);
        assert_eq!((longs, small), ([0x0403_0201_3f80_0000], [-1, 3]));
        read(&[], &mut small);
        assert_eq!(small, [-1, 3]);
    }
}
