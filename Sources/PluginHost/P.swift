import CHost
import SpillwayABI
func t() -> Int32 { let f = unsafe spw_frame_new(); var c = unsafe spw_frame_call(f).pointee; c.size = 1; return unsafe c.cancelled(&c) }
